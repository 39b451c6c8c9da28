"""The option of patterns of pipelines, for the commands that print permissions and rules."""

from typing import Annotated

import typer

PipelinePatternsOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATTERN",
        help="A pipeline's name, a pattern such as churn-*, or a shared pipeline's ARN; the platform's own "
        "allowed_pipelines, or all, otherwise. Repeat as needed.",
    ),
]
