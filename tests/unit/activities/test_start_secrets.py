"""What a start resolved is kept for exactly as long as another attempt must send the same."""

import asyncio
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platform, Platforms
from activities.aws.secrets.readers import open_vault
from activities.aws.secrets.resolver import Secrets
from activities.aws.secrets.vaults import EnvironmentVault
from activities.models import StartRequest
from activities.starting import secret_parameters
from activities.starting.earlier_attempts import EarlierAttempts
from activities.starting.secret_parameters import StartSecrets
from tests.unit.activities.attempt import attempt

REQUEST = StartRequest(
    platform="default",
    pipeline_name="churn",
    client_request_token="t" * 32,
    parameters={"Password": "vault://env/PASSWORD"},
)


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> StartSecrets:
    """A vault that is open to parameters."""
    monkeypatch.setenv("POLYSYNC_SECRET_PASSWORD", "PLANTEDone")
    vault = EnvironmentVault(provider="environment", allow_in_parameters=True)
    return StartSecrets(SageMakerCalls(Platforms([Platform()]), threads=1, secrets=Secrets({"env": vault}, open_vault)))


async def resolved(secrets: StartSecrets) -> str:
    """The value that the next attempt would send."""
    return (await secrets.resolve(REQUEST)).values["Password"]


async def an_attempt(
    secrets: StartSecrets, left_behind: int, failure: Exception | None, *, is_refused: bool = False
) -> None:
    """One attempt, which resolves and then ends."""

    async def run() -> None:
        earlier = EarlierAttempts.read()
        with secrets.kept_while_open(REQUEST, earlier):
            await secrets.resolve(REQUEST)
            if is_refused:
                earlier.refused_for_certain()
            if failure is not None:
                raise failure

    await attempt(2, {"refused_up_to": left_behind}).run(run)


@pytest.mark.parametrize(
    ("left_behind", "is_refused", "failure", "is_kept"),
    [
        (1, False, None, False),
        (1, False, ApplicationError("lost", type="AwsUnavailable"), True),
        (1, True, ApplicationError("refused for certain", type="Throttled"), False),
        (0, True, ApplicationError("refused, earlier lost", type="AccessDenied"), True),
        (0, False, ApplicationError("other values were sent", type="Conflict"), False),
        (1, False, ApplicationError("no default_role_arn", type="InvalidInput", non_retryable=True), False),
    ],
)
async def test_a_secret_is_kept_only_while_an_outcome_is_open(  # noqa: PLR0913 — one attempt, and what it leaves
    secrets: StartSecrets,
    monkeypatch: pytest.MonkeyPatch,
    left_behind: int,
    failure: Any,
    *,
    is_refused: bool,
    is_kept: bool,
) -> None:
    """Same token, same input; and not a moment longer."""
    if failure is None:
        await an_attempt(secrets, left_behind, failure, is_refused=is_refused)
    else:
        with pytest.raises(ApplicationError):
            await an_attempt(secrets, left_behind, failure, is_refused=is_refused)
    monkeypatch.setenv("POLYSYNC_SECRET_PASSWORD", "PLANTEDtwo")
    assert await resolved(secrets) == ("PLANTEDone" if is_kept else "PLANTEDtwo")


async def test_a_secret_is_forgotten_after_an_hour_on_a_worker_without_other_starts(
    secrets: StartSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a timer: no other start has to come."""
    monkeypatch.setattr(secret_parameters, "LONGEST_REMEMBERED_SECONDS", 0.05)
    with pytest.raises(ApplicationError):
        await an_attempt(secrets, 1, ApplicationError("lost", type="AwsUnavailable"))
    monkeypatch.setenv("POLYSYNC_SECRET_PASSWORD", "PLANTEDtwo")
    for _ in range(500):
        if not secrets._remembered:  # noqa: SLF001 — what must not be there
            break
        await asyncio.sleep(0.01)
    assert "PLANTED" not in repr(vars(secrets))
    assert await resolved(secrets) == "PLANTEDtwo"
