"""The options that the commands on deployed pipelines share."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from worker.cli.deployment_input import read_tags

PipelineArgument = Annotated[str, typer.Argument(metavar="NAME", help="The pipeline's name.", show_default=False)]


@dataclass(frozen=True)
class PipelineSettings:
    """What a pipeline has beside its definition; what is not given stays as it is deployed."""

    role: Annotated[
        str | None,
        typer.Option(
            metavar="ROLE_ARN",
            help="The role that executions have, or 'platform' for the platform's default_role_arn. A new pipeline "
            "needs one.",
        ),
    ] = None
    display_name: Annotated[str | None, typer.Option(help="The pipeline's display name.")] = None
    description: Annotated[str | None, typer.Option(help="The pipeline's description; '' removes it.")] = None
    parallelism: Annotated[
        int | None, typer.Option(metavar="STEPS", help="The most steps of an execution that run at once.")
    ] = None
    tag: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="All tags of the pipeline, beside the platform's: others are removed. Without --tag none is.",
        ),
    ] = None

    def fields(self) -> dict[str, Any]:
        """Return the fields of a deployment's input by name; None means not given.

        Raises:
            CommandError: A tag is not valid.
        """
        return {
            "role_arn": self.role,
            "display_name": self.display_name,
            "description": self.description,
            "max_parallel_steps": self.parallelism,
            "tags": read_tags(self.tag),
        }
