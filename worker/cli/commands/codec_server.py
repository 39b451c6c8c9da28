import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from pydantic import ValidationError

from worker.cli.outcome import CommandError
from worker.secrets.references import FORMS, check_reference
from worker.settings import ENV_PREFIX, Settings
from worker.settings_problems import describe_settings_problems

if TYPE_CHECKING:
    from worker.codec_server.authentication import Authenticator
    from worker.encryption.codec import EncryptionCodec

DEFAULT_PORT: Final = 8081

_ORIGIN: Final = re.compile(r"(https?://[^\s/*?#@]+)(/\S*)?")
_AUTHENTICATION: Final = "Authentication"


def codec_server(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = DEFAULT_PORT,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            envvar=f"{ENV_PREFIX}UI_URL",
            metavar="URL",
            help="Temporal's Web UI, whose pages may ask in the browser; no others may. Repeat as needed.",
        ),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar=f"{ENV_PREFIX}CODEC_TOKEN",
            metavar="REFERENCE",
            help=f"Where the bearer token of the Temporal CLI is kept: {FORMS}.",
            rich_help_panel=_AUTHENTICATION,
        ),
    ] = None,
    jwks_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Keys of the Web UI's login provider.", rich_help_panel=_AUTHENTICATION),
    ] = None,
    issuer: Annotated[
        str | None, typer.Option(help="The access tokens' 'iss'.", rich_help_panel=_AUTHENTICATION)
    ] = None,
    audience: Annotated[
        str | None, typer.Option(help="The access tokens' 'aud'.", rich_help_panel=_AUTHENTICATION)
    ] = None,
    without_authentication: Annotated[
        bool,
        typer.Option(
            "--without-authentication",
            help="Let every caller in; on a loopback address only.",
            rich_help_panel=_AUTHENTICATION,
        ),
    ] = False,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain, PEM.", show_default=False)] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key, PEM.", show_default=False)] = None,
) -> None:
    """Decrypt payloads for Temporal's Web UI and CLI, for those who may see them.

    The keys are the worker's: POLYSYNC_SAGEMAKER_ENCRYPTION_KEYS. Logs have the caller and the number of payloads, and
    never what is in them.

    **Examples**

    - `polysync-sagemaker codec-server --without-authentication --allow-origin http://localhost:8233`

    - `polysync-sagemaker codec-server --host 0.0.0.0 --tls-cert server.pem --tls-key key.pem
      --allow-origin https://temporal.example.com --token file:///run/secrets/codec-token
      --jwks-url https://login.example.com/keys --issuer https://login.example.com --audience temporal-ui`
    """
    # Here, so that the other commands need not load these; some come with an optional extra.
    try:
        from worker.codec_server.application import CodecServer  # noqa: PLC0415 — see above
        from worker.codec_server.serving import Endpoint, serve  # noqa: PLC0415 — see above
    except ModuleNotFoundError as error:
        raise CommandError(
            f"The codec server needs an optional extra ({error.name} is missing): "
            "pip install 'polysync-sagemaker[codec-server]'"
        ) from None
    from worker.logs import configure_logs  # noqa: PLC0415 — see above

    if (tls_cert is None) != (tls_key is None):
        raise CommandError("--tls-cert and --tls-key belong together.")
    endpoint = Endpoint(host, port, tls_cert, tls_key)
    origins = [_origin(url) for url in allow_origin or []]
    settings = _settings()
    authenticators = [
        *([] if token is None else [_token(settings, token)]),
        *([] if jwks_url is issuer is audience is None else [_login(jwks_url, issuer, audience)]),
    ]
    if without_authentication and (authenticators or not endpoint.is_loopback):
        raise CommandError("--without-authentication is for a loopback --host, and without --token and --jwks-url.")
    if not authenticators and not without_authentication:
        raise CommandError(
            "Every caller of the codec server could read every payload: give --token or --jwks-url, or, for this "
            "machine alone, --without-authentication."
        )
    server = CodecServer(_codec(settings), authenticators, origins)
    configure_logs(settings)
    serve(server.application(), endpoint)


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        raise CommandError(f"The settings are not valid: {describe_settings_problems(error)}") from None


def _codec(settings: Settings) -> "EncryptionCodec":
    from worker.encryption.codec import EncryptionCodec  # noqa: PLC0415 — loads cryptography
    from worker.encryption.data_converter import EncryptionKeysError, open_key_ring  # noqa: PLC0415 — loads botocore

    try:
        ring = open_key_ring(settings)
    except EncryptionKeysError as error:
        raise CommandError(str(error)) from None
    if ring is None:
        raise CommandError(f"There are no keys: set {ENV_PREFIX}ENCRYPTION_KEYS as for the worker.")
    return EncryptionCodec(ring, settings.encryption_tag)


def _origin(url: str) -> str:
    found = _ORIGIN.fullmatch(url)
    if found is None:
        raise CommandError("--allow-origin must be the Web UI's address, such as https://temporal.example.com.")
    return found.group(1).lower()


def _token(settings: Settings, reference: str) -> "Authenticator":
    from worker.codec_server.authentication import StaticToken  # noqa: PLC0415 — an optional extra
    from worker.secrets.sources import SecretSourceError, SecretSources  # noqa: PLC0415 — loads botocore

    try:
        return StaticToken(SecretSources(settings.platforms_file).read(check_reference(reference)))
    except (SecretSourceError, ValueError) as error:
        raise CommandError(f"The codec server's --token cannot be used: {error}") from None


def _login(jwks_url: str | None, issuer: str | None, audience: str | None) -> "Authenticator":
    from worker.codec_server.authentication import JsonWebTokens  # noqa: PLC0415 — an optional extra

    if not jwks_url or not issuer or not audience:
        raise CommandError(
            "--jwks-url, --issuer and --audience belong together: tokens of another application must not do."
        )
    try:
        return JsonWebTokens(jwks_url=jwks_url, issuer=issuer, audience=audience)
    except ValueError as error:
        raise CommandError(f"--jwks-url {error}.") from None
