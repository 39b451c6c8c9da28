"""The options that the commands on deployed pipelines share."""

from typing import Annotated

import typer

DeployPlatformOption = Annotated[str, typer.Option("--platform", help="A platform in the worker's configuration.")]
PipelineArgument = Annotated[str, typer.Argument(metavar="NAME", help="The pipeline's name.", show_default=False)]
