"""The options that `run` and `schedule apply` share: the fields of a pipeline run's input."""

from typing import Annotated

import typer

from worker.cli.run_options import INPUT_PANEL

ParameterOption = Annotated[
    list[str] | None,
    typer.Option(
        "-p",
        "--parameter",
        metavar="Name=Value|@FILE",
        help="A pipeline parameter, sent exactly as typed; or a JSON file of them. Repeat as needed.",
        rich_help_panel=INPUT_PANEL,
    ),
]
DisplayNameOption = Annotated[
    str | None, typer.Option(help="The execution's display name in SageMaker.", rich_help_panel=INPUT_PANEL)
]
DescriptionOption = Annotated[
    str | None, typer.Option(help="The execution's description in SageMaker.", rich_help_panel=INPUT_PANEL)
]
MaxParallelStepsOption = Annotated[int | None, typer.Option(help="Most steps at once.", rich_help_panel=INPUT_PANEL)]
VersionOption = Annotated[
    int | None, typer.Option(help="The pipeline's version; the latest otherwise.", rich_help_panel=INPUT_PANEL)
]
AliasOption = Annotated[
    str | None,
    typer.Option(metavar="ALIAS", help="The alias of the version, such as prod.", rich_help_panel=INPUT_PANEL),
]
MlflowOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The MLflow experiment of the execution.", rich_help_panel=INPUT_PANEL),
]
CheckParametersOption = Annotated[
    bool | None,
    typer.Option(
        help="Check the parameters against the pipeline's definition before the start; on by default.",
        rich_help_panel=INPUT_PANEL,
    ),
]
