"""The options that `run` and `schedule apply` share: the fields of a pipeline run's input."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from worker.cli.run_options import INPUT_PANEL


@dataclass(frozen=True)
class PipelineOptions:
    """The fields that only the input of a pipeline's run has."""

    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            "--parameter",
            metavar="Name=Value|@FILE",
            help="A pipeline parameter, always a text: 007 stays 007; or a JSON file of them. Repeat as needed.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None
    display_name: Annotated[
        str | None, typer.Option(help="The execution's display name in SageMaker.", rich_help_panel=INPUT_PANEL)
    ] = None
    description: Annotated[
        str | None, typer.Option(help="The execution's description in SageMaker.", rich_help_panel=INPUT_PANEL)
    ] = None
    max_parallel_steps: Annotated[int | None, typer.Option(help="Most steps at once.", rich_help_panel=INPUT_PANEL)] = (
        None
    )
    pipeline_version_id: Annotated[
        int | None, typer.Option(help="The pipeline's version; the latest otherwise.", rich_help_panel=INPUT_PANEL)
    ] = None
    pipeline_version_alias: Annotated[
        str | None,
        typer.Option(metavar="ALIAS", help="The alias of the version, such as prod.", rich_help_panel=INPUT_PANEL),
    ] = None
    mlflow_experiment_name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The MLflow experiment of the execution.", rich_help_panel=INPUT_PANEL),
    ] = None
    check_parameters: Annotated[
        bool | None,
        typer.Option(
            help="Check the parameters against the pipeline's definition before the start; on by default.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None

    def fields(self) -> dict[str, Any]:
        """Return the fields of the input by name, without the parameters; None means not given."""
        return {name: value for name, value in asdict(self).items() if name != "parameter"}
