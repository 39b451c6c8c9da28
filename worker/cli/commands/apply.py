import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from contract.deployment import DeploymentAction, PipelineDeployment, PipelineDeploymentInput
from contract.platform_name import DEFAULT_PLATFORM
from worker.cli.connection import JsonOption, PlatformOption, in_event_loop
from worker.cli.definition_file import DEFINITION_HELP, read_definition_file
from worker.cli.deploying import Deploying, deployment_id
from worker.cli.deployment_input import deployment_input, pipeline_name_of
from worker.cli.deployment_options import PipelineSettings
from worker.cli.deployment_rendering import deployment_screen
from worker.cli.difference_rendering import preview_screen
from worker.cli.outcome import CommandError, ExitCode
from worker.cli.python_definition import Evaluation
from worker.cli.screen import print_result, progress
from worker.cli.waiting import Workers


@dataclass(frozen=True)
class _Applying:
    """Shows what would change, asks, and deploys."""

    workers: Workers
    wanted: PipelineDeploymentInput
    asks: bool

    async def apply(self) -> PipelineDeployment:
        deploying = Deploying(await self.workers.waiting())
        preview = await deploying.preview(self.wanted)
        progress.print(preview_screen(preview), soft_wrap=True)
        if preview.action is DeploymentAction.UNCHANGED and preview.alias_move is None:
            return preview
        if self.asks and not typer.confirm("Apply?", err=True):
            raise CommandError("Nothing was changed.", ExitCode.RUN_FAILED)
        # None where AWS lists no versions of a pipeline that is there.
        expected = 0 if preview.action is DeploymentAction.CREATED else preview.latest_version
        given = self.wanted.expect
        return await deploying.apply(
            self.wanted.model_copy(update={"apply": True, "expect": expected if given is None else given})
        )


def apply(
    file: Annotated[str, typer.Argument(metavar="FILE", help=DEFINITION_HELP, show_default=False)],
    *,
    name: Annotated[str | None, typer.Option(help="The pipeline's name; that of FILE otherwise.")] = None,
    platform: PlatformOption = DEFAULT_PLATFORM,
    alias: Annotated[
        str | None, typer.Option(help="The alias that the deployed version gets, such as staging; it moves there.")
    ] = None,
    expect: Annotated[
        int | None,
        typer.Option(
            metavar="VERSION",
            help="The latest version that there must be, 0 for no pipeline; by default the one that the shown "
            "difference is to.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    settings: PipelineSettings,
    evaluation: Evaluation,
    workers: Workers,
) -> None:
    """Deploy a definition: show what changes, ask, and make it the latest version, exactly once.

    A worker deploys, and goes on with it if this command is interrupted. What no option names stays as it is deployed.
    A pipeline that another client has changed meanwhile is left alone: DeploymentConflict.

    **Examples**

    - `polysync-sagemaker pipelines apply churn-training.json --role arn:aws:iam::111122223333:role/Churn`

    - `polysync-sagemaker pipelines apply pipeline.json --name churn-training --tag team=risk --alias staging --yes`

    - `polysync-sagemaker pipelines apply pipeline.py:pipeline --name churn-training --expect 7 --yes --json`
    """
    pipeline = pipeline_name_of(file, name)
    wanted = deployment_input(
        read_definition_file(file, evaluation),
        pipeline_name=pipeline,
        platform=platform,
        **settings.fields(),
        alias=alias,
        expect=expect,
    )
    # Python has no sys.stdin where a shell closed it with `<&-`.
    if not yes and (file == "-" or sys.stdin is None or not sys.stdin.isatty()):
        raise CommandError("There is no terminal to ask on: add --yes, or see the changes with 'pipelines diff'.")
    applying = _Applying(workers, wanted, asks=not yes)
    document = in_event_loop(
        applying.apply(), interrupted=f"Interrupted. A deployment that has begun goes on: {deployment_id(wanted)}."
    )
    print_result(document, deployment_screen(document, workers.connection), as_json=as_json)
