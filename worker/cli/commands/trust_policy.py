import base64
import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from activities.aws.trust_policies import Compute, assume_role_trust, instance_profile_trust, web_identity_trust
from worker.cli.outcome import CommandError
from worker.cli.screen import print_json, progress
from worker.cli.text_files import read_text_file

_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_PRINCIPAL: Final = re.compile(r"arn:aws[a-z\-]*:iam::[0-9]{12}:(user|role)/\S{1,576}")


class Method(StrEnum):
    """Methods of authentication that have a role to be assumed."""

    WEB_IDENTITY = "web_identity"
    ASSUME_ROLE = "assume_role"
    INSTANCE_PROFILE = "instance_profile"


_WEB: Final = "web_identity"
_ASSUME: Final = "assume_role"
_INSTANCE: Final = "instance_profile"


def trust_policy(
    method: Annotated[Method, typer.Argument(help="How the platform authenticates.", show_default=False)],
    *,
    account: Annotated[str | None, typer.Option(help="Account id of the role.")] = None,
    partition: Annotated[str, typer.Option(help="AWS partition of the role.")] = "aws",
    token: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Take issuer, audience and subject from this token (- for stdin).",
            rich_help_panel=_WEB,
            show_default=False,
        ),
    ] = None,
    issuer: Annotated[str | None, typer.Option(help="The token's iss, exactly.", rich_help_panel=_WEB)] = None,
    audience: Annotated[str | None, typer.Option(help="The token's aud.", rich_help_panel=_WEB)] = None,
    subject: Annotated[str | None, typer.Option(help="The token's sub.", rich_help_panel=_WEB)] = None,
    entra_tenant: Annotated[
        str | None, typer.Option(help="Microsoft Entra's tenant id, instead of --issuer.", rich_help_panel=_WEB)
    ] = None,
    entra_version: Annotated[
        int, typer.Option(min=1, max=2, help="Version of Microsoft Entra's tokens.", rich_help_panel=_WEB)
    ] = 2,
    principal: Annotated[
        str | None,
        typer.Option(metavar="ARN", help="The user or role of the bootstrap keys.", rich_help_panel=_ASSUME),
    ] = None,
    external_id: Annotated[
        str | None, typer.Option(help="The platform's external_id.", rich_help_panel=_ASSUME)
    ] = None,
    compute: Annotated[
        Compute, typer.Option("--on", help="What runs the worker.", rich_help_panel=_INSTANCE)
    ] = Compute.EC2,
    source_arn: Annotated[
        str | None,
        typer.Option(metavar="ARN", help="ecs, eks: only tasks or clusters that match.", rich_help_panel=_INSTANCE),
    ] = None,
) -> None:
    """Print the trust policy of a platform's role, pinned to who may assume it.

    The method access_key has no role: attach what 'iam-policy' prints to its user.

    **Examples**

    - `polysync-sagemaker trust-policy web_identity --account 111122223333 --token /var/run/secrets/tokens/aws`

    - `polysync-sagemaker trust-policy web_identity --account 111122223333 --entra-tenant 5f2c… --audience 8d1e… --subject 3ab9…`

    - `polysync-sagemaker trust-policy assume_role --principal arn:aws:iam::111122223333:user/polysync --external-id e-4711`

    - `polysync-sagemaker trust-policy instance_profile --on eks --account 111122223333`
    """  # noqa: E501 — a command line is one line
    if account is not None and not _ACCOUNT.fullmatch(account):
        raise CommandError("--account must be an account id: 12 digits.")
    match method:
        case Method.WEB_IDENTITY:
            given = _claims(token) if token is not None else {}
            if entra_tenant is not None:
                given["issuer"] = _entra_issuer(entra_tenant, entra_version)
            options = {"issuer": issuer, "audience": audience, "subject": subject, "account": account}
            wanted = given | {name: value for name, value in options.items() if value is not None}
            print_json(_web_identity(wanted, partition))
        case Method.ASSUME_ROLE:
            if principal is None or not _PRINCIPAL.fullmatch(principal):
                raise CommandError("--principal must be the ARN of the bootstrap keys' user or role.")
            if external_id is None:
                progress.print("Without --external-id, every holder of the bootstrap keys may assume the role.")
            print_json(assume_role_trust(principal_arn=principal, external_id=external_id))
        case Method.INSTANCE_PROFILE:
            policy = instance_profile_trust(compute, partition=partition, account=account, source_arn=source_arn)
            print_json(policy)


def _web_identity(wanted: dict[str, str], partition: str) -> dict[str, Any]:
    if missing := [name for name in ("account", "issuer", "audience", "subject") if not wanted.get(name)]:
        raise CommandError(
            f"web_identity needs --{', --'.join(missing)}. Issuer, audience and subject may come from --token FILE."
        )
    try:
        return web_identity_trust(partition=partition, **wanted)
    except ValueError as error:
        raise CommandError(f"The trust policy would not be safe: {error}.") from None


def _entra_issuer(tenant: str, version: int) -> str:
    # Microsoft identity platform, "Access token claims reference": iss.
    if version == 1:
        return f"https://sts.windows.net/{tenant}/"
    return f"https://login.microsoftonline.com/{tenant}/v2.0"


def _claims(path: Path) -> dict[str, str]:
    """Read the claims that are pinned; the token itself is neither verified nor printed."""
    try:
        payload = read_text_file(str(path)).strip().split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        audience = claims["aud"]
        if isinstance(audience, list):
            (audience,) = audience
        return {"issuer": str(claims["iss"]), "audience": str(audience), "subject": str(claims["sub"])}
    except OSError as error:
        raise CommandError(f"--token: cannot read {path}: {error.strerror}") from None
    except (ValueError, IndexError, KeyError, TypeError):
        raise CommandError(
            "--token must be a JSON Web Token with iss, sub and one aud; or use --issuer, --subject and --audience."
        ) from None
