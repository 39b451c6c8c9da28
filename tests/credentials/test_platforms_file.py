"""The platforms file: what it may say, and how it is refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from activities.aws.credentials.methods import AssumeRole, DefaultChain
from activities.aws.platforms import Platform
from activities.aws.platforms_file import PlatformsFile, PlatformsFileError, read_platforms_file
from contract.secret_reference import SecretReference
from tests.credentials.platform_file import PlatformFile
from tests.credentials.sts_standin import ROLE
from worker.settings import Settings

GOOD = f"""
[platforms.default]
region = "eu-central-1"

[platforms.prod]
region = "us-gov-west-1"
endpoint_url = "https://vpce.example.com"
poll_interval = 10
rate_limit = 5
default_role_arn = "arn:aws-us-gov:iam::111122223333:role/pipelines"
expected_account = "011122223333"
[platforms.prod.auth]
method = "assume_role"
role_arn = "{ROLE}"
access_key_id = "vault://env/ID"
secret_access_key = "vault://env/KEY"
session_token = "vault://env/TOKEN"
session_duration = 3600

[vaults.env]
provider = "environment"
prefix = "MINE_"
"""
ASSUME = f'[platforms.p.auth]\nmethod = "assume_role"\nrole_arn = "{ROLE}"\naccess_key_id = "AKIA"\n'
KEYS = '[platforms.p.auth]\nmethod = "access_key"\naccess_key_id = "AKIA"\n'
TOKEN = f'[platforms.p.auth]\nmethod = "web_identity"\nrole_arn = "{ROLE}"\n'
ENV = '[vaults.env]\nprovider = "environment"\n'
BY_REFERENCE = 'secret_access_key = "vault://env/KEY"\n'


def refusal(file: PlatformFile, text: str) -> str:
    """Why a file is refused, after its own name."""
    with pytest.raises(PlatformsFileError) as raised:
        read_platforms_file(file.write(text).path)
    told = str(raised.value)
    assert told.startswith(f"The platforms file {file.path} ")
    return told


def test_a_file_becomes_platforms(file: PlatformFile) -> None:
    """With the worker's own seconds where a platform says nothing."""
    document = read_platforms_file(file.write(GOOD).path)
    default, prod = document.to_platforms(poll_interval=7, heartbeat_timeout=8)
    assert default == Platform(region="eu-central-1", poll_interval=7, heartbeat_timeout=8, auth=DefaultChain())
    assert (prod.name, prod.poll_interval, prod.heartbeat_timeout, prod.rate_limit) == ("prod", 10, 8, 5)
    assert prod.expected_account == "011122223333"
    assert isinstance(prod.auth, AssumeRole)
    assert prod.auth.secret_access_key == SecretReference("env", "KEY")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "platforms: required, but missing"),
        ("[platforms.p]\nregio = 'eu'", "[platforms.p] regio: unknown key"),
        ("[platform.p]", "platform: unknown key"),
        ("[platforms.p.auth]\nregion = 'x'", "[platforms.p.auth] method: required"),
        ("[platforms.p.auth]\nmethod = 'sso'", '[platforms.p.auth] method: must be one of "default", "web_identity"'),
        ("[platforms.p]\n[vaults.v]\nprovider = 'onepassword'", '[vaults.v] provider: must be one of "environment"'),
        ("[platforms.p]\n[vaults.v]\nprovider = 'file'", "[vaults.v] directory: required, but missing"),
        ("[platforms.p]\n[vaults.file]\nprovider = 'file'\npath = 'x'", "[vaults.file] path: unknown key"),
        ("[platforms.p]\nexpected_account = 111122223333", "[platforms.p] expected_account:"),
        ("[platforms.p]\npoll_interval = 0", "[platforms.p] poll_interval: Input should be greater than or equal to 1"),
        ("[platforms.p]\nendpoint_url = 'sagemaker'", "[platforms.p] endpoint_url:"),
        ("[platforms.p]\ndefault_role_arn = 'x'", "[platforms.p] default_role_arn: must be an IAM role's ARN"),
        (f"{TOKEN}", '[platforms.p.auth] token_file: required where token = "file"'),
        (f"{TOKEN}token = 'entra'", '[platforms.p.auth] scope: required where token = "entra"'),
        (f"{TOKEN}token_file = 't'\nsession_duration = 900", "must be 1800 seconds or more: keys are renewed in their"),
        (f"{TOKEN}token_file = 't'\nsession_duration = 43201", "must be 43200 seconds (12 hours, AWS's maximum)"),
        (f"{TOKEN}token_file = 't'\nsession_name = '{'n' * 65}'", "[platforms.p.auth] session_name: must be 2 to 64"),
        (
            f"{ASSUME}{BY_REFERENCE}session_token = 'vault://env/T'\nsession_duration = 3601\n{ENV}",
            "session_duration: must be 3600 seconds or less beside a session_token: a role assumed with a session",
        ),
        (f"{KEYS}{BY_REFERENCE}", "refers to the vault 'env', which this file does not have (it has: none)"),
        (f"{KEYS}secret_access_key = 'vault://env'\n{ENV}", "secret_access_key: must be a reference"),
        (
            "[platforms.p]\n[vaults.a]\nprovider = 'hashicorp_vault'\nurl = 'https://a'\ntoken = 'vault://a/t'",
            "[vaults.a] refers to the vault 'a': what opens a vault must itself stand in a vault of the provider",
        ),
        (
            "[platforms.p]\n[vaults.a]\nprovider = 'hashicorp_vault'\nurl = 'https://a'",
            "[vaults.a] token: either token, or role_id and secret_id, must be given",
        ),
    ],
)
def test_a_wrong_file_names_table_key_and_remedy(file: PlatformFile, text: str, told: str) -> None:
    """One error a mistake, in TOML's own words."""
    assert told in refusal(file, text)


def test_a_plain_secret_is_refused_and_not_repeated(file: PlatformFile) -> None:
    """Unless the same table insists."""
    text = f'{KEYS}secret_access_key = "PLANTEDsecret"\n'
    told = refusal(file, text)
    assert "[platforms.p.auth] secret_access_key: a secret must not stand here in clear" in told
    assert "PLANTED" not in told
    document = read_platforms_file(file.write(f"{text}insecure_plaintext = true\n").path)
    assert "PLANTED" not in f"{document!r}{document}{document.model_dump()}{document.model_dump_json()}"


@pytest.mark.parametrize("text", ['a = "PLANTED', "PLANTED", '[platforms.p]\nregion = "PLANTED\n', "a = PLANTED"])
def test_broken_toml_names_the_place_and_not_the_text(file: PlatformFile, text: str) -> None:
    """A secret may stand on the broken line."""
    told = refusal(file, text)
    assert "is not valid TOML" in told
    assert "PLANTED" not in told


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """With the system's reason."""
    with pytest.raises(PlatformsFileError, match="cannot be read: No such file or directory"):
        read_platforms_file(tmp_path / "none.toml")


@pytest.mark.parametrize("name", ["region", "endpoint_url"])
def test_a_file_and_settings_of_the_default_platform_exclude_each_other(tmp_path: Path, name: str) -> None:
    """Which of the two would count is not for the operator to guess."""
    with pytest.raises(ValidationError, match=f"{name.upper()} belongs to the platform 'default'"):
        Settings(platforms_file=tmp_path / "platforms.toml", **{name: "https://x"})  # type: ignore[arg-type]


def test_the_schema_knows_every_method_and_provider() -> None:
    """For editors; the command `schema platforms` prints it."""
    text = json.dumps(PlatformsFile.model_json_schema())
    for word in ("web_identity", "assume_role", "instance_profile", "azure_key_vault", "hashicorp_vault", "rate_limit"):
        assert f'"{word}"' in text


def test_a_worker_with_a_wrong_file_says_so_and_ends(file: PlatformFile) -> None:
    """Before it looks for a Temporal server."""
    file.write("[platforms.p]\nregio = 'eu'\n")
    ended = subprocess.run(
        [sys.executable, "-m", "worker.cli", "worker"],
        env={"POLYSYNC_SAGEMAKER_PLATFORMS_FILE": str(file.path), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert "[platforms.p] regio: unknown key" in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_tracebacks_in_logs_have_no_local_variables(log_format: str) -> None:
    """They hold keys and secrets; and the clients' own chatter stays below the level."""
    program = """
import logging
from worker.logs import configure_logs
from worker.settings import Settings
configure_logs(Settings(log_level="DEBUG"))
def sign(secret):
    raise RuntimeError("refused")
try:
    sign("PLANTED" + "local")
except RuntimeError:
    logging.getLogger("x").exception("failed")
for name in ("botocore.auth", "urllib3.connectionpool", "azure.core.pipeline", "msal", "google.auth", "hvac"):
    logging.getLogger(name).info("PLANTED request")
"""
    told = subprocess.run(  # noqa: S603 — our own module
        [sys.executable, "-c", program],
        env={"POLYSYNC_SAGEMAKER_LOG_FORMAT": log_format},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stderr
    assert "refused" in told
    assert "PLANTEDlocal" not in told
    assert "PLANTED request" not in told
