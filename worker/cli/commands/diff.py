import asyncio
from typing import Annotated

import typer

from activities.definitions.difference import PipelineState, difference
from contract.definition_difference import Difference
from contract.deployment import PipelineDeployment
from contract.platform_name import DEFAULT_PLATFORM
from worker.cli.connection import JsonOption, PlatformOption, in_event_loop
from worker.cli.definition_file import DEFINITION_HELP, read_definition_file
from worker.cli.deploying import Deploying
from worker.cli.deployment_input import deployment_input
from worker.cli.deployment_options import PipelineArgument, PipelineSettings
from worker.cli.difference_rendering import preview_screen
from worker.cli.outcome import CommandError, ExitCode
from worker.cli.python_definition import Evaluation
from worker.cli.screen import print_result
from worker.cli.waiting import Workers


def diff(
    name: PipelineArgument,
    file: Annotated[str, typer.Argument(metavar="FILE", help=DEFINITION_HELP, show_default=False)],
    *,
    version: Annotated[int | None, typer.Option(help="Compare with this version; the latest if left out.")] = None,
    alias: Annotated[str | None, typer.Option(help="Compare with the version that has this alias.")] = None,
    platform: PlatformOption = DEFAULT_PLATFORM,
    as_json: JsonOption = False,
    settings: PipelineSettings,
    evaluation: Evaluation,
    workers: Workers,
) -> None:
    """Compare a definition with the deployed one, and show which cached steps run again because of the changes.

    A worker reads the pipeline with its own credentials; nothing is changed. Values that may be secrets are not shown.
    Exit code 0 if both are the same, 1 if they differ, 2 for trouble, 3 without a server.

    **Examples**

    - `polysync-sagemaker pipelines diff churn-training churn-training.json`

    - `polysync-sagemaker pipelines diff churn-training pipeline.py:pipeline --alias prod --tag team=risk`
    """
    text = read_definition_file(file, evaluation)
    wanted = deployment_input(
        text,
        pipeline_name=name,
        platform=platform,
        version=version,
        version_alias=alias,
        **settings.fields(),
    )

    async def compare() -> PipelineDeployment:
        document, deployed = await Deploying(await workers.waiting()).definition(wanted)
        return await asyncio.to_thread(_with_values, document, deployed, text)

    try:
        document = in_event_loop(compare(), interrupted="Interrupted.")
    except CommandError as error:
        # The exit code 1 is taken: it says that there is a difference.
        if error.code is ExitCode.RUN_FAILED:
            raise CommandError(str(error), ExitCode.USAGE) from None
        raise
    print_result(document, preview_screen(document), as_json=as_json)
    if document.changes is not None and not document.changes.same:
        raise typer.Exit(ExitCode.RUN_FAILED)


def _with_values(document: PipelineDeployment, deployed: str, wanted: str) -> PipelineDeployment:
    """Return a preview with the values of environments and hyperparameters, which its history must not have."""
    found = document.changes or Difference(same=True)
    try:
        shown = difference(PipelineState(deployed or None), PipelineState(wanted), withhold=False)
    except ValueError:
        return document
    parts = {"steps": shown.steps, "parameters": shown.parameters, "definition": shown.definition}
    return document.model_copy(update={"changes": found.model_copy(update=parts)})
