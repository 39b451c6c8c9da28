import re
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from activities.aws.pipeline_patterns import read_pattern
from contract.pipeline_run import read_role_arn
from worker.cli.outcome import CommandError
from worker.cli.screen import print_json, progress

_ACCOUNT: Final = re.compile(r"[0-9]{12}")


def iam_policy(  # noqa: PLR0913 — options
    *,
    platform: Annotated[
        str | None, typer.Option(help="Take region and account from this platform of the platforms file.")
    ] = None,
    pipelines: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="A pipeline's name, a pattern such as churn-*, or a shared pipeline's ARN; the platform's own "
            "allowed_pipelines, or all, otherwise. Repeat as needed.",
        ),
    ] = None,
    discovery: Annotated[bool, typer.Option(help="Whether pipelines are to be discovered.")] = True,
    pass_role: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE_ARN", help="An execution role that runs may name as role_arn. Repeat as needed."),
    ] = None,
    account: Annotated[str | None, typer.Option(help="Account id of the pipelines.")] = None,
    region: Annotated[str | None, typer.Option(help="Region of the pipelines.")] = None,
    partition: Annotated[str | None, typer.Option(help="AWS partition; follows from the region.")] = None,
) -> None:
    """Print the IAM policy that a platform's identity needs, and nothing beyond it.

    Executions are another resource than their pipelines, and iam:PassRole is there only with --pass-role.

    **Examples**

    - `polysync-sagemaker iam-policy --pipelines 'churn-*' --account 111122223333 --region eu-central-1`

    - `polysync-sagemaker iam-policy --platform production --no-discovery > policy.json`
    """
    # Here, so that the other commands need not load boto3.
    from activities.aws.permissions import Feature, identity_policy  # noqa: PLC0415 — see above
    from worker.cli.platform_place import place_of, read_platform  # noqa: PLC0415 — see above

    if account is not None and not _ACCOUNT.fullmatch(account):
        raise CommandError("--account must be an account id: 12 digits.")
    patterns: Sequence[str] = [_pattern(text) for text in pipelines or []]
    roles = [_role(arn) for arn in pass_role or []]
    found = read_platform(platform)
    patterns = patterns or found.allowed_pipelines or []
    place = place_of(found, partition=partition, region=region, account=account)
    for option, value in (("account", place.account), ("region", place.region)):
        if value == "*":
            progress.print(f"The {option} is not known, so the policy allows any; name it with --{option}.")
    if found.default_role_arn and not roles:
        progress.print(
            f"The platform has the default_role_arn {found.default_role_arn}; if runs ask for it (role_arn "
            f'"platform"), add --pass-role {found.default_role_arn}.'
        )
    features = {Feature.RUNS, *([Feature.DISCOVERY] if discovery else []), *([Feature.ROLES] if roles else [])}
    print_json(identity_policy(place, patterns, features, roles))


def _pattern(text: str) -> str:
    try:
        return read_pattern(text)
    except ValueError as error:
        raise CommandError(f"--pipelines {error}.") from None


def _role(arn: str) -> str:
    try:
        return read_role_arn(arn)
    except ValueError as error:
        raise CommandError(f"--pass-role {error}.") from None
