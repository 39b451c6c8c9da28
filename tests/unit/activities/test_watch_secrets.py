"""Secrets of parameters in what AWS reports of an execution."""

import threading

import pytest

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platform, Platforms
from activities.aws.secrets.readers import open_vault
from activities.aws.secrets.resolver import Secrets
from activities.aws.secrets.vaults import EnvironmentVault
from activities.models import Observation, Results, WatchRequest
from activities.redaction import MASK, UNREADABLE
from activities.watching import secrets as watching_secrets
from activities.watching.secrets import WatchSecrets
from contract.steps import FailureCause, StepDocument
from tests.waits import PATIENCE_SECONDS

SECRET = "PLANTED-Succeeded-Train"
ARN = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/train/execution/abcdef123456"
OBSERVED = Observation(
    sagemaker_status="Failed",
    failure_reason=f"bad {SECRET}",
    steps=[StepDocument(name="Train", status="Failed", failure_reason=f"no {SECRET.upper()}", job_arn=ARN)],
    results=Results(
        causes=[FailureCause(step="Train", summary=f"Train: {SECRET}", log=["fine", f"login {SECRET}"])],
        outputs={"x": {"y": [SECRET, 1]}},
        notes=[f"note {SECRET}"],
    ),
)


def request(*secrets: str) -> WatchRequest:
    """A watch of a run whose parameters refer to these secrets."""
    return WatchRequest(platform="default", execution_arn=ARN, poll_interval=30, secrets=list(secrets))


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> WatchSecrets:
    """A vault that is open to parameters."""
    monkeypatch.setenv("POLYSYNC_SECRET_PASSWORD", SECRET)
    vault = EnvironmentVault(provider="environment", allow_in_parameters=True)
    return WatchSecrets(SageMakerCalls(Platforms([Platform()]), threads=1, secrets=Secrets({"env": vault}, open_vault)))


async def test_reasons_causes_outputs_and_notes_quote_no_secret(secrets: WatchSecrets) -> None:
    """Names, statuses and ARNs stay, even if a secret looks like them."""
    clean = await secrets.removed(["vault://env/PASSWORD"], ARN, OBSERVED)
    assert "planted" not in clean.model_dump_json().casefold()
    assert clean.sagemaker_status == "Failed"
    assert [(step.name, step.status, step.job_arn) for step in clean.steps] == [("Train", "Failed", ARN)]
    assert clean.failure_reason == f"bad {MASK}"
    assert clean.results is not None
    assert clean.results.outputs == {"x": {"y": [MASK, 1]}}
    assert clean.results.causes[0].log == ["fine", f"login {MASK}"]


@pytest.mark.parametrize("reference", ["vault://env/GONE", "vault://nowhere/x", "vault://", "vault://env/a\u0000b"])
async def test_texts_are_withheld_where_a_secret_cannot_be_read(secrets: WatchSecrets, reference: str) -> None:
    """Whatever keeps it from being read: the end of the run is still known."""
    clean = await secrets.removed([reference], ARN, OBSERVED)
    assert (clean.sagemaker_status, clean.failure_reason) == ("Failed", UNREADABLE)
    assert "PLANTED" not in clean.model_dump_json()


async def test_texts_are_withheld_where_a_vault_does_not_answer(
    secrets: WatchSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end is reported in time."""
    answers = threading.Event()
    monkeypatch.setattr(watching_secrets, "VAULT_SECONDS", 0.05)
    monkeypatch.setattr(Secrets, "resolve_for_parameter", lambda *_: str(answers.wait(PATIENCE_SECONDS)))
    clean = await secrets.removed(["vault://env/PASSWORD"], ARN, OBSERVED)
    answers.set()
    assert (clean.sagemaker_status, clean.failure_reason) == ("Failed", UNREADABLE)


async def test_a_run_without_secrets_stays_as_it_is(secrets: WatchSecrets) -> None:
    """And nothing is read for an observation without texts."""
    assert await secrets.removed([], ARN, OBSERVED) is OBSERVED
    running = Observation(sagemaker_status="Executing")
    assert await secrets.removed(["vault://env/GONE"], ARN, running) is running
