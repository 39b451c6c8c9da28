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
from worker.cli.deploying import Deploying
from worker.cli.deployment_input import deployment_input
from worker.cli.deployment_options import DeployPlatformOption, PipelineArgument
from worker.cli.deployment_rendering import versions_screen
from worker.cli.screen import print_json, progress, results
from worker.cli.waiting import Waiting


def versions(  # noqa: PLR0913 — options
    name: PipelineArgument,
    *,
    platform: DeployPlatformOption = DEFAULT_PLATFORM,
    task_queue: TaskQueueOption = DEFAULT_TASK_QUEUE,
    as_json: JsonOption = False,
    address: AddressOption = None,
    namespace: NamespaceOption = None,
) -> None:
    """List a pipeline's versions with their aliases, the newest first.

    **Examples**

    - `polysync-sagemaker pipelines versions churn-training`

    - `polysync-sagemaker pipelines versions churn-training --json | jq '.versions[] | select(.aliases[] == "prod")'`
    """
    wanted = deployment_input(pipeline_name=name, platform=platform)

    async def read() -> PipelineDeployment:
        deploying = Deploying(Waiting(await Connection(address, namespace).open(), task_queue, progress.print))
        return await deploying.preview(wanted)

    document = in_event_loop(read(), interrupted="Interrupted.")
    if as_json:
        print_json(document.model_dump(mode="json"))
    else:
        results.print(versions_screen(document))
