from typing import Annotated

import typer

from contract.deployment import PipelineDeployment
from contract.platform_name import DEFAULT_PLATFORM
from worker.cli.connection import JsonOption, PlatformOption, in_event_loop
from worker.cli.deploying import Deploying, deployment_id
from worker.cli.deployment_input import deployment_input
from worker.cli.deployment_options import PipelineArgument
from worker.cli.deployment_rendering import deployment_screen
from worker.cli.outcome import CommandError
from worker.cli.screen import print_result
from worker.cli.waiting import Workers


def promote(
    name: PipelineArgument,
    *,
    version: Annotated[int | None, typer.Option(help="The version that gets the alias.")] = None,
    from_alias: Annotated[
        str | None, typer.Option("--from", metavar="ALIAS", help="An alias of this version, in place of --version.")
    ] = None,
    alias: Annotated[str, typer.Option(help="The alias, such as prod.", show_default=False)],
    expect: Annotated[
        int | None, typer.Option(metavar="VERSION", help="The latest version that there must be.")
    ] = None,
    platform: PlatformOption = DEFAULT_PLATFORM,
    as_json: JsonOption = False,
    workers: Workers,
) -> None:
    """Move an alias to a version of a pipeline.

    AWS takes two calls for it, and between them the alias names no version. A worker finishes what it has begun,
    whatever crashes; runs that start by the alias meanwhile wait for it.

    **Examples**

    - `polysync-sagemaker pipelines promote churn-training --version 7 --alias prod`

    - `polysync-sagemaker pipelines promote churn-training --from staging --alias prod`
    """
    if (version is None) == (from_alias is None):
        raise CommandError("Name the version: either --version N, or --from ALIAS.")
    wanted = deployment_input(
        pipeline_name=name,
        platform=platform,
        apply=True,
        version=version,
        version_alias=from_alias,
        alias=alias,
        expect=expect,
    )

    async def move() -> PipelineDeployment:
        return await Deploying(await workers.waiting()).apply(wanted)

    goes_on = f"Interrupted. A promotion that has begun goes on: {deployment_id(wanted)}."
    document = in_event_loop(move(), interrupted=goes_on)
    print_result(document, deployment_screen(document, workers.connection), as_json=as_json)
