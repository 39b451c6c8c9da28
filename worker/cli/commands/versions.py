from contract.deployment import PipelineDeployment
from contract.platform_name import DEFAULT_PLATFORM
from worker.cli.connection import JsonOption, PlatformOption, in_event_loop
from worker.cli.deploying import Deploying
from worker.cli.deployment_input import deployment_input
from worker.cli.deployment_options import PipelineArgument
from worker.cli.deployment_rendering import versions_screen
from worker.cli.screen import print_json, results
from worker.cli.waiting import Workers


def versions(
    name: PipelineArgument,
    *,
    platform: PlatformOption = DEFAULT_PLATFORM,
    as_json: JsonOption = False,
    workers: Workers,
) -> None:
    """List a pipeline's versions with their aliases, the newest first.

    **Examples**

    - `polysync-sagemaker pipelines versions churn-training`

    - `polysync-sagemaker pipelines versions churn-training --json | jq '.versions[] | select(.aliases[] == "prod")'`
    """
    wanted = deployment_input(pipeline_name=name, platform=platform)

    async def read() -> PipelineDeployment:
        deploying = Deploying(await workers.waiting())
        return await deploying.preview(wanted)

    document = in_event_loop(read(), interrupted="Interrupted.")
    if as_json:
        print_json(document.model_dump(mode="json"))
    else:
        results.print(versions_screen(document))
