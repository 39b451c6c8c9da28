import asyncio
from typing import Annotated

import typer

from activities.definitions.difference import PipelineState, difference
from contract.definition_difference import Difference
from contract.deployment import PipelineDeployment
from contract.names import DEFAULT_TASK_QUEUE
from contract.platform_name import DEFAULT_PLATFORM
from worker.cli.connection import (
    AddressOption,
    Connection,
    JsonOption,
    NamespaceOption,
    TaskQueueOption,
    in_event_loop,
)
from worker.cli.definition_file import (
    DEFAULT_TIMEOUT,
    DEFINITION_HELP,
    PythonOption,
    TimeoutOption,
    read_definition_file,
)
from worker.cli.deploying import Deploying
from worker.cli.deployment_input import deployment_input, read_tags
from worker.cli.deployment_options import DeployPlatformOption, PipelineArgument
from worker.cli.difference_rendering import preview_screen
from worker.cli.outcome import CommandError, ExitCode
from worker.cli.python_definition import Evaluation
from worker.cli.screen import print_json, print_whole_lines, progress
from worker.cli.waiting import Waiting


def diff(  # noqa: PLR0913 — options
    name: PipelineArgument,
    file: Annotated[str, typer.Argument(metavar="FILE", help=DEFINITION_HELP, show_default=False)],
    *,
    version: Annotated[int | None, typer.Option(help="Compare with this version; the latest if left out.")] = None,
    alias: Annotated[str | None, typer.Option(help="Compare with the version that has this alias.")] = None,
    role: Annotated[str | None, typer.Option(metavar="ROLE_ARN", help="The role that is wanted.")] = None,
    display_name: Annotated[str | None, typer.Option(help="The display name that is wanted.")] = None,
    description: Annotated[str | None, typer.Option(help="The description that is wanted; '' for none.")] = None,
    parallelism: Annotated[
        int | None, typer.Option(metavar="STEPS", help="The most steps at once that are wanted.")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="All tags that are wanted, beside the platform's.")
    ] = None,
    platform: DeployPlatformOption = DEFAULT_PLATFORM,
    python: PythonOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    task_queue: TaskQueueOption = DEFAULT_TASK_QUEUE,
    as_json: JsonOption = False,
    address: AddressOption = None,
    namespace: NamespaceOption = None,
) -> None:
    """Compare a definition with the deployed one, and show which cached steps run again because of the changes.

    A worker reads the pipeline with its own credentials; nothing is changed. Values that may be secrets are not shown.
    Exit code 0 if both are the same, 1 if they differ, 2 for trouble, 3 without a server.

    **Examples**

    - `polysync-sagemaker pipelines diff churn-training churn-training.json`

    - `polysync-sagemaker pipelines diff churn-training pipeline.py:pipeline --alias prod --tag team=risk`
    """
    text = read_definition_file(file, Evaluation(python, timeout))
    wanted = deployment_input(
        text,
        pipeline_name=name,
        platform=platform,
        version=version,
        version_alias=alias,
        role_arn=role,
        display_name=display_name,
        description=description,
        max_parallel_steps=parallelism,
        tags=read_tags(tag),
    )

    async def compare() -> PipelineDeployment:
        client = await Connection(address, namespace).open()
        document, deployed = await Deploying(Waiting(client, task_queue, progress.print)).definition(wanted)
        return await asyncio.to_thread(_with_values, document, deployed, text)

    try:
        document = in_event_loop(compare(), interrupted="Interrupted.")
    except CommandError as error:
        # The exit code 1 is taken: it says that there is a difference.
        if error.code is ExitCode.RUN_FAILED:
            raise CommandError(str(error), ExitCode.USAGE) from None
        raise
    if as_json:
        print_json(document.model_dump(mode="json"))
    else:
        print_whole_lines(preview_screen(document))
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
