import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from activities.aws.pipeline_patterns import read_pattern
from contract.platform_check import read_job_pattern
from contract.roles import read_role_arn
from worker.cli.outcome import CommandError
from worker.cli.pattern_options import PipelinePatternsOption
from worker.cli.screen import print_json, progress

if TYPE_CHECKING:
    from activities.aws.place import Place
    from activities.aws.platforms import Platform

_ACCOUNT: Final = re.compile(r"[0-9]{12}")


def iam_policy(
    *,
    platform: Annotated[
        str | None, typer.Option(help="Take region and account from this platform of the platforms file.")
    ] = None,
    pipelines: PipelinePatternsOption = None,
    jobs: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND[:PATTERN],…",
            help="Kinds of jobs, all of a kind or those of a pattern of names: training,processing:nightly-*; the "
            "platform's own allowed_jobs, or none, otherwise. Without --pipelines, the policy is for jobs only.",
        ),
    ] = None,
    deploy: Annotated[
        bool, typer.Option("--deploy", help="Whether the pipelines are to be deployed as well ('pipelines apply').")
    ] = False,
    events: Annotated[
        bool, typer.Option("--events", help="Whether the platform reads a queue of events ('events-setup').")
    ] = False,
    approve: Annotated[
        bool,
        typer.Option(
            "--approve", help="Whether runs answer Callback steps and wait for the approval of model packages."
        ),
    ] = False,
    discovery: Annotated[bool, typer.Option(help="Whether pipelines are to be discovered.")] = True,
    pass_role: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE_ARN",
            help="An execution role: one that runs may name as role_arn, that the requests of jobs name, or that "
            "deployed pipelines have. Repeat as needed.",
        ),
    ] = None,
    account: Annotated[str | None, typer.Option(help="Account id of the pipelines and jobs.")] = None,
    region: Annotated[str | None, typer.Option(help="Region of the pipelines and jobs.")] = None,
    partition: Annotated[str | None, typer.Option(help="AWS partition; follows from the region.")] = None,
) -> None:
    """Print the IAM policy that a platform's identity needs, and nothing beyond it.

    Executions are another resource than their pipelines, and iam:PassRole is there only with --pass-role.

    **Examples**

    - `polysync-sagemaker iam-policy --pipelines 'churn-*' --account 111122223333 --region eu-central-1`

    - `polysync-sagemaker iam-policy --platform production --no-discovery > policy.json`

    - `polysync-sagemaker iam-policy --approve --pipelines 'churn-*' --platform production`

    - `polysync-sagemaker iam-policy --deploy --pipelines 'churn-*' --pass-role arn:aws:iam::111122223333:role/Churn`

    - `polysync-sagemaker iam-policy --jobs training,processing:nightly-*
      --pass-role arn:aws:iam::111122223333:role/Training`
    """
    # Here, so that the other commands need not load boto3.
    from activities.aws.identity_policy import identity_policy  # noqa: PLC0415 — see above
    from activities.aws.job_permissions import roles_needed_by  # noqa: PLC0415 — see above
    from activities.aws.permissions import Feature  # noqa: PLC0415 — see above
    from worker.cli.platform_place import place_of, read_platform  # noqa: PLC0415 — see above

    if account is not None and not _ACCOUNT.fullmatch(account):
        raise CommandError("--account must be an account id: 12 digits.")
    patterns: Sequence[str] = [_pattern(text) for text in pipelines or []]
    wanted_jobs: Sequence[str] = [_job(text) for texts in jobs or [] for text in texts.split(",")]
    roles = [_role(arn) for arn in pass_role or []]
    found = read_platform(platform)
    with_pipelines = bool(patterns) or not wanted_jobs
    if not patterns and not wanted_jobs:
        patterns, wanted_jobs = found.allowed_pipelines or [], found.allowed_jobs or []
    place = place_of(found, partition=partition, region=region, account=account)
    for option, value in (("account", place.account), ("region", place.region)):
        if value == "*":
            progress.print(f"The {option} is not known, so the policy allows any; name it with --{option}.")
    if deploy and not roles:
        progress.print(
            "A deployed pipeline has an execution role, and AWS refuses creates and updates without iam:PassRole for "
            "it: add --pass-role ROLE_ARN for each role."
        )
    if not roles:
        _print_roles(found.default_role_arn if with_pipelines else None, roles_needed_by(wanted_jobs))
    features = {
        Feature.RUNS: with_pipelines,
        Feature.DISCOVERY: with_pipelines and discovery,
        Feature.ROLES: bool(roles),
        Feature.JOBS: bool(wanted_jobs),
        Feature.DEPLOYMENTS: deploy,
        Feature.APPROVALS: approve,
    }
    used = [feature for feature, is_used in features.items() if is_used]
    policy = identity_policy(place, patterns, used, roles, wanted_jobs)
    if events:
        policy["Statement"].append(_events(found, place))
    print_json(policy)


def _events(platform: "Platform", place: "Place") -> dict[str, Any]:
    """Write the statement about the platform's queue, or about the one that 'events-setup' makes for it."""
    # Here, so that the other commands need not load boto3.
    from activities.aws.event_permissions import event_statement, queue_arn  # noqa: PLC0415 — see above
    from worker.events_setup.parts import default_queue  # noqa: PLC0415 — see above

    if platform.events is not None:
        return event_statement(queue_arn(platform.events, place))
    name = default_queue(platform.name)
    progress.print(
        f"The platform {platform.name} has no queue of events; the policy is for {name}, which 'events-setup' makes."
    )
    return event_statement(place.queue(name))


def _print_roles(default_role_arn: str | None, jobs_with_roles: Sequence[str]) -> None:
    """Print which roles may have to be passed: the policy passes those only that are named."""
    if default_role_arn:
        progress.print(
            f"The platform has the default_role_arn {default_role_arn}; if runs ask for it (role_arn "
            f'"platform"), add --pass-role {default_role_arn}.'
        )
    if jobs_with_roles:
        progress.print(
            f"The requests of {', '.join(f'{noun}s' for noun in jobs_with_roles)} name an execution role, and AWS "
            "refuses them without iam:PassRole for it: add --pass-role ROLE_ARN for each role."
        )


def _pattern(text: str) -> str:
    try:
        return read_pattern(text)
    except ValueError as error:
        raise CommandError(f"--pipelines {error}.") from None


def _job(text: str) -> str:
    try:
        return read_job_pattern(text.strip())
    except ValueError as error:
        raise CommandError(f"--jobs {error}.") from None


def _role(arn: str) -> str:
    try:
        return read_role_arn(arn)
    except ValueError as error:
        raise CommandError(f"--pass-role {error}.") from None
