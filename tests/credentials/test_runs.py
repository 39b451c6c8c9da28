"""Runs on platforms of each method, through a worker, and sessions that end in the middle of one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from contract.run import Phase, RunStatus
from tests.credentials.metadata_standin import Metadata
from tests.credentials.platform_file import PlatformFile
from tests.credentials.sts_standin import BOOTSTRAP_KEY, BOOTSTRAP_SECRET, ROLE, Sts, error, identity_token
from tests.workflows.stage import Stage, until

ENV_VAULT = '[vaults.env]\nprovider = "environment"\n'
FIRST_SESSION, SECOND_SESSION = "ASIASESSION000000001", "ASIASESSION000000002"
BOOTSTRAP = {"access_key_id": BOOTSTRAP_KEY, "secret_access_key": "vault://env/BOOTSTRAP"}


def on_web_identity(file: PlatformFile) -> dict[str, Any]:
    """A platform on a token."""
    return {"method": "web_identity", "role_arn": ROLE, "token_file": str(file.put("token", identity_token()))}


METHODS: dict[str, tuple[Callable[[PlatformFile], dict[str, Any]], str]] = {
    "web_identity": (on_web_identity, FIRST_SESSION),
    "access_key": (lambda _: {"method": "access_key", **BOOTSTRAP}, BOOTSTRAP_KEY),
    "assume_role": (lambda _: {"method": "assume_role", "role_arn": ROLE, **BOOTSTRAP}, FIRST_SESSION),
    "instance_profile": (lambda _: {"method": "instance_profile"}, "ASIAMACHINE00000001"),
}


@pytest.fixture(autouse=True)
def bootstrap_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret key of the bootstrap user."""
    monkeypatch.setenv("POLYSYNC_SECRET_BOOTSTRAP", BOOTSTRAP_SECRET)


@pytest.mark.usefixtures("sts", "metadata")
@pytest.mark.parametrize("method", METHODS)
async def test_a_run_in_each_method(stage: Stage, file: PlatformFile, method: str) -> None:
    """Every call of the run carries the platform's key, and no other is accepted."""
    auth, key = METHODS[method]
    file.platform(
        auth(file), name="prod", endpoint_url=stage.standin.url, studio_domain="d-abcdefgh1234", more=ENV_VAULT
    )
    pipeline = stage.pipeline()
    stage.standin.control("POST", "/access-keys", {"accepted": [key]})
    async with file.worker(stage):
        result = await (await stage.run(pipeline, platform="prod")).result()
    assert (result.status, result.platform) == (RunStatus.SUCCESS, "prod")
    studio = f"https://studio-d-abcdefgh1234.studio.us-east-1.sagemaker.aws/pipelines/view/{pipeline}/executions/"
    assert (result.studio_url or "").startswith(studio)
    assert list(stage.standin.control("GET", "/access-keys")["used"]) == [key]


async def test_nobody_notices_a_session_that_ends_in_mid_run(stage: Stage, file: PlatformFile, sts: Sts) -> None:
    """AWS refuses the old keys from one moment on: the run goes on with new ones, and its history has no trace."""
    file.platform(on_web_identity(file), endpoint_url=stage.standin.url)
    pipeline, other = stage.pipeline(seconds=600), stage.pipeline(seconds=600)
    async with file.worker(stage):
        run = await stage.run(pipeline)
        await run.reaches_phase(Phase.RUNNING)
        stage.standin.control("POST", "/access-keys", {"accepted": [SECOND_SESSION], "expired": [FIRST_SESSION]})
        result = await run.result()
        undisturbed = await stage.run(other)
        await undisturbed.result()
    assert result.status is RunStatus.SUCCESS
    assert sts.calls == {"AssumeRoleWithWebIdentity": 2}
    # How often the watch returned is a matter of the moments at which it polled.
    assert set(await run.events()) == set(await undisturbed.events())
    assert stage.standin.control("GET", "/access-keys")["used"][FIRST_SESSION] == 1


async def test_an_sts_outage_at_a_start_is_waited_for(stage: Stage, file: PlatformFile, sts: Sts) -> None:
    """Nothing was sent, so a permission that is then refused still ends the run as usual."""
    file.platform(on_web_identity(file), endpoint_url=stage.standin.url)
    pipeline = stage.pipeline()
    stage.standin.fault("StartPipelineExecution", "access_denied")
    # botocore asks three times per attempt.
    sts.troubles = [error("InternalFailure", "", 500)] * 6
    async with file.worker(stage):
        failure = await (await stage.run(pipeline, check_parameters=False)).failure()
    assert failure.type == "AccessDenied"
    assert stage.standin.executions(pipeline) == []


async def test_a_refused_token_fails_the_run_within_seconds(stage: Stage, file: PlatformFile, sts: Sts) -> None:
    """With the role, STS's answer and the remedy in the failure."""
    file.platform(on_web_identity(file), endpoint_url=stage.standin.url)
    sts.issuers = {}
    async with file.worker(stage):
        failure = await (await stage.run(stage.pipeline(), check_parameters=False)).failure()
    assert failure.type == "CredentialsUnavailable"
    assert "Create an IAM OIDC identity provider" in failure.message
    assert sts.calls["AssumeRoleWithWebIdentity"] == 4


async def test_a_token_that_was_late_is_read_again(stage: Stage, file: PlatformFile, sts: Sts) -> None:
    """An expired token is no end while something may still renew it."""
    file.platform(on_web_identity(file), endpoint_url=stage.standin.url)
    file.put("token", identity_token(exp=1))
    async with file.worker(stage):
        run = await stage.run(stage.pipeline(), check_parameters=False)
        await until(lambda: sts.calls["AssumeRoleWithWebIdentity"])
        file.put("token", identity_token())
        assert (await run.result()).status is RunStatus.SUCCESS


async def test_a_session_is_renewed_before_its_end(stage: Stage, file: PlatformFile, sts: Sts) -> None:
    """Botocore renews in the last 15 minutes: SageMaker never sees an ended session."""
    sts.lifetime = timedelta(minutes=15, seconds=1)
    file.platform(on_web_identity(file), endpoint_url=stage.standin.url)
    pipeline = stage.pipeline(seconds=900)
    stage.standin.control("POST", "/access-keys", {})
    async with file.worker(stage):
        run = await stage.run(pipeline)
        assert (await run.result()).status is RunStatus.SUCCESS
    used = stage.standin.control("GET", "/access-keys")["used"]
    assert list(used)[:2] == [FIRST_SESSION, SECOND_SESSION]
    assert "ExpiredTokenException" not in stage.calls("DescribePipelineExecution")["by_code"]


async def test_an_unknown_platform_names_those_there_are(stage: Stage, file: PlatformFile) -> None:
    """A typing error must not wait for anything."""
    file.platform({"method": "default"}, name="prod", endpoint_url=stage.standin.url)
    async with file.worker(stage):
        failure = await (await stage.run(stage.pipeline(), platform="prud")).failure()
    assert failure.type == "InvalidInput"
    assert "no platform 'prud'; it has: prod" in failure.message


@pytest.mark.usefixtures("sts")
async def test_another_account_fails_the_run_at_once(stage: Stage, file: PlatformFile) -> None:
    """Nothing is ever sent to an account that was not meant."""
    auth = {"method": "access_key", **BOOTSTRAP}
    file.platform(auth, endpoint_url=stage.standin.url, expected_account="999988887777", more=ENV_VAULT)
    async with file.worker(stage):
        failure = await (await stage.run(stage.pipeline(), check_parameters=False)).failure()
    assert failure.type == "PlatformMisconfigured"
    assert "111122223333" in failure.message
    assert "999988887777" in failure.message
    assert stage.calls("StartPipelineExecution")["received"] == 0


@pytest.mark.usefixtures("sts")
async def test_the_platforms_role_is_sent_only_when_asked_for(stage: Stage, file: PlatformFile) -> None:
    """AWS refuses a role for pipelines of one's own, so one that is only configured must not break every start."""
    auth = {"method": "access_key", **BOOTSTRAP}
    file.platform(auth, endpoint_url=stage.standin.url, default_role_arn=ROLE, more=ENV_VAULT)
    async with file.worker(stage):
        result = await (await stage.run(stage.pipeline())).result()
        asked = await (await stage.run(stage.pipeline(), role_arn="platform")).failure()
    assert result.status is RunStatus.SUCCESS
    assert asked.type == "InvalidInput"
    assert "RoleArn" in asked.message


async def test_a_platform_without_a_role_says_so(stage: Stage, file: PlatformFile) -> None:
    """Before anything is sent."""
    file.platform({"method": "default"}, endpoint_url=stage.standin.url)
    async with file.worker(stage):
        failure = await (await stage.run(stage.pipeline(), role_arn="platform")).failure()
    assert failure.type == "InvalidInput"
    assert "default_role_arn" in failure.message
    assert stage.calls("StartPipelineExecution")["received"] == 0


async def test_metadata_that_goes_down_does_not_matter(stage: Stage, file: PlatformFile, metadata: Metadata) -> None:
    """Keys of hours are in memory."""
    file.platform({"method": "instance_profile"}, endpoint_url=stage.standin.url)
    async with file.worker(stage):
        run = await stage.run(stage.pipeline(seconds=300))
        await run.reaches_phase(Phase.RUNNING)
        metadata.without_role = True
        assert (await run.result()).status is RunStatus.SUCCESS
