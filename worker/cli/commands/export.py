import json
from typing import Annotated

import typer

from contract.deployment import PipelineDeployment
from contract.platform_name import DEFAULT_PLATFORM
from worker.cli.connection import JsonOption, PlatformOption, in_event_loop
from worker.cli.deploying import Deploying
from worker.cli.deployment_input import deployment_input
from worker.cli.deployment_options import PipelineArgument
from worker.cli.outcome import CommandError
from worker.cli.screen import print_json, results
from worker.cli.waiting import Workers
from worker.terraform import terraform_pipeline


def export(
    name: PipelineArgument,
    *,
    version: Annotated[int | None, typer.Option(help="The version; the latest if left out.")] = None,
    alias: Annotated[str | None, typer.Option(help="The version by one of its aliases.")] = None,
    terraform: Annotated[
        bool, typer.Option("--terraform", help="Print an aws_sagemaker_pipeline with an import block.")
    ] = False,
    platform: PlatformOption = DEFAULT_PLATFORM,
    as_json: JsonOption = False,
    workers: Workers,
) -> None:
    """Print the definition of a deployed pipeline, or the pipeline as Terraform code.

    A definition shows what is in it, secrets included. With --json, settings and versions come with the definition.

    **Examples**

    - `polysync-sagemaker pipelines export churn-training --alias prod > churn-training.json`

    - `polysync-sagemaker pipelines export churn-training --terraform > churn_training.tf`
    """
    if terraform and as_json:
        raise CommandError("--terraform and --json exclude each other.")
    wanted = deployment_input(pipeline_name=name, platform=platform, version=version, version_alias=alias)

    async def read() -> tuple[PipelineDeployment, str]:
        return await Deploying(await workers.waiting()).definition(wanted)

    document, text = in_event_loop(read(), interrupted="Interrupted.")
    try:
        definition = json.loads(text)
    except ValueError:
        raise CommandError("The deployed definition is not JSON.") from None
    if terraform:
        results.print(terraform_pipeline(document, definition), end="", soft_wrap=True)
    else:
        print_json({**document.model_dump(mode="json"), "definition": definition} if as_json else definition)
