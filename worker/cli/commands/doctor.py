from typing import Annotated

import typer

from contract.platform_check import PlatformCheck, PlatformCheckInput
from contract.platform_name import DEFAULT_PLATFORM
from worker.cli.check_rendering import check_screen
from worker.cli.connection import JsonOption, PlatformOption, in_event_loop
from worker.cli.outcome import ExitCode
from worker.cli.screen import print_result
from worker.cli.valid_input import valid_input
from worker.cli.waiting import Workers


def doctor(
    *,
    platform: PlatformOption = DEFAULT_PLATFORM,
    pipelines: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="Pipelines that the permissions are meant for, such as churn-*; all otherwise. Repeat as needed.",
        ),
    ] = None,
    jobs: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND[:PATTERN],…",
            help="Jobs that the permissions are meant for, such as training,processing:nightly-*; by default the "
            "platform's allowed_jobs. Without --pipelines, only these are checked.",
        ),
    ] = None,
    deploy: Annotated[
        bool, typer.Option("--deploy", help="Check the permissions of deployments as well ('pipelines apply').")
    ] = False,
    approve: Annotated[
        bool,
        typer.Option("--approve", help="Check the permissions of answers as well (Callback steps, model packages)."),
    ] = False,
    as_json: JsonOption = False,
    workers: Workers,
) -> None:
    """Check a platform: Temporal, a worker, credentials, SageMaker, the clock, permissions. Nothing is changed.

    A worker makes the check, with the credentials and the network that runs will have; where none answers, this
    machine does, and says so. Exit code 0 if nothing is wrong, 1 otherwise.

    **Examples**

    - `polysync-sagemaker doctor`

    - `polysync-sagemaker doctor --platform production --pipelines 'churn-*'`

    - `polysync-sagemaker doctor --platform production --jobs training,processing`

    - `polysync-sagemaker doctor --json | jq '.checks[] | select(.ok == false)'`
    """
    given = {
        "platform": platform,
        "pipelines": pipelines or [],
        "jobs": _separated(jobs or []),
        "deployments": deploy,
        "approvals": approve,
    }
    wanted = valid_input(PlatformCheckInput, given)
    found = in_event_loop(_check(workers, wanted), interrupted="Interrupted.")
    print_result(found, check_screen(found), as_json=as_json)
    if not found.ok:
        raise typer.Exit(ExitCode.RUN_FAILED)


def _separated(texts: list[str]) -> list[str]:
    return [pattern.strip() for text in texts for pattern in text.split(",")]


async def _check(workers: Workers, wanted: PlatformCheckInput) -> PlatformCheck:
    # Here, so that the other commands need not load boto3.
    from worker.cli.checking import Checking  # noqa: PLC0415 — see above

    return await Checking(workers.connection, workers.task_queue, wanted).check()
