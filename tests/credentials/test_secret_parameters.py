"""Pipeline parameters that refer to secrets, and that no secret is ever found where people or programs look."""

import base64
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError

from contract.run import RunStatus
from tests.credentials.platform_file import PlatformFile
from tests.credentials.sts_standin import ACCOUNT, ROLE, Sts
from tests.standin.definitions import get, job, parameter
from tests.workflows.stage import Run, Stage, until

PASSWORD = 'PLANTED "pass"word\\with é and more'
KEY_ID, SECRET_KEY = "AKIAPLANTED000000001", "PLANTEDsecretaccesskey"
VAULTS = """
[vaults.env]
provider = "environment"
[vaults.jobs]
provider = "file"
directory = "{folder}"
allow_in_parameters = true
"""


@pytest.fixture
def platform(stage: Stage, file: PlatformFile, sts: Sts, monkeypatch: pytest.MonkeyPatch) -> PlatformFile:
    """A platform on bootstrap keys of a vault, beside a vault for parameters."""
    monkeypatch.setenv("POLYSYNC_SECRET_ID", KEY_ID)
    monkeypatch.setenv("POLYSYNC_SECRET_KEY", SECRET_KEY)
    sts.users = {KEY_ID: f"arn:aws:iam::{ACCOUNT}:user/bootstrap"}
    file.put("password", PASSWORD)
    auth = {
        "method": "assume_role",
        "role_arn": ROLE,
        "access_key_id": "vault://env/ID",
        "secret_access_key": "vault://env/KEY",
    }
    file.platform(auth, endpoint_url=stage.standin.url, more=VAULTS.format(folder=file.folder))
    return file


def pipeline_with(stage: Stage, kind: str = "String") -> str:
    """A pipeline with one parameter."""
    return stage.standin.create([job("Train", seconds=1)], [parameter("Password", kind)])


async def test_sagemaker_gets_the_secret_and_history_the_reference(stage: Stage, platform: PlatformFile) -> None:
    """Resolved in the start activity, at the moment of the start."""
    pipeline = pipeline_with(stage)
    async with platform.worker(stage):
        run = await stage.run(pipeline, parameters={"Password": "vault://jobs/password"})
        assert (await run.result()).status is RunStatus.SUCCESS
        platform.put("password", "PLANTEDrotated")
        await (await stage.run(pipeline, parameters={"Password": "vault://jobs/password"})).result()
    assert [one["parameters"]["Password"] for one in stage.standin.executions(pipeline)] == [PASSWORD, "PLANTEDrotated"]
    history = await exported_history(run)
    assert "vault://jobs/password" in history
    assert "PLANTED" not in history


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("vault://nowhere/password", "no vault 'nowhere'; it has: env, jobs"),
        ("vault://jobs/missing", "cannot be read"),
        ("vault://jobs/../password", "within the vault's directory"),
        ("vault://jobs", "must be a reference vault://<vault>/<secret>"),
        ("vault://env/KEY", "allow_in_parameters = true in [vaults.env]"),
        ("vault://jobs/password#member", "no JSON object"),
        ("vault://jobs/long", "AWS takes 1024"),
        ("vault://jobs/a\u0000b", "without blanks and control characters"),
    ],
)
async def test_a_secret_that_cannot_be_had_fails_at_once(
    stage: Stage, platform: PlatformFile, reference: str, text: str
) -> None:
    """Naming vault and secret; nothing is sent."""
    platform.put("long", "x" * 1025)
    pipeline = pipeline_with(stage)
    async with platform.worker(stage):
        failure = await (await stage.run(pipeline, parameters={"Password": reference})).failure()
    assert failure.type == "SecretUnavailable"
    assert reference in failure.message or "'Password'" in failure.message
    assert text in failure.message
    assert stage.calls("StartPipelineExecution")["received"] == 0


async def test_a_rotation_between_two_attempts_does_not_change_the_input(stage: Stage, platform: PlatformFile) -> None:
    """Same token, same input: after a lost reply the value that AWS may have seen is sent again."""
    pipeline = pipeline_with(stage)
    lost = stage.standin.fault("StartPipelineExecution", "reset_after", times=1)
    async with platform.worker(stage):
        run = await stage.run(pipeline, parameters={"Password": "vault://jobs/password"})
        await until(lambda: stage.standin.fault_state(lost)["hits"])
        platform.put("password", "PLANTEDrotated")
        assert (await run.result()).status is RunStatus.SUCCESS
    assert stage.the_execution(pipeline)["parameters"] == {"Password": PASSWORD}
    assert stage.calls("StartPipelineExecution")["by_code"].get("ConflictException", 0) == 0


async def test_a_rotation_seen_by_another_worker_is_explained(stage: Stage, platform: PlatformFile) -> None:
    """AWS refuses other input under the token; the old value ends the wait, and there is one execution."""
    pipeline = pipeline_with(stage)
    lost = stage.standin.fault("StartPipelineExecution", "reset_after", times=1)
    async with platform.worker(stage):
        run = await stage.run(pipeline, parameters={"Password": "vault://jobs/password"})
        await until(lambda: stage.standin.fault_state(lost)["hits"])
        # The worker drains: the retry comes to the next one.
    platform.put("password", "PLANTEDrotated")
    async with platform.worker(stage):
        await until(lambda: stage.calls("StartPipelineExecution")["by_code"].get("ConflictException"))
        platform.put("password", PASSWORD)
        result = await run.result()
    assert result.run_id == stage.the_execution(pipeline)["execution_arn"]
    failures = [
        event.activity_task_started_event_attributes.last_failure.message
        async for event in run.handle.fetch_history_events()
    ]
    assert any("was rotated meanwhile" in text for text in failures)


def found(secrets: list[str], text: str) -> list[str]:
    """The secrets that a text has, as they are or as JSON writes them, once or within another document."""
    return [secret for secret in secrets if any(written in text for written in spellings(secret))]


def spellings(secret: str) -> set[str]:
    """How a secret may be written."""
    once = {json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)} | {repr(secret)[1:-1]}
    return {secret} | once | {json.dumps(written, ensure_ascii=False)[1:-1] for written in once}


async def exported_history(run: Run) -> str:
    """The history as `temporal workflow show -o json` writes it, with its payloads in clear instead of base64."""
    exported = json.loads((await run.handle.fetch_history()).to_json())
    return json.dumps(in_clear(exported), ensure_ascii=False)


def in_clear(exported: Any) -> Any:
    """Decode the payloads."""
    if isinstance(exported, list):
        return [in_clear(one) for one in exported]
    if not isinstance(exported, dict):
        return exported
    if isinstance(data := exported.get("data"), str):
        return base64.b64decode(data).decode()
    return {name: in_clear(value) for name, value in exported.items()}


async def everything_told(run: Run) -> str:
    """The history as exported, the description with memo and search attributes, and the failure with its causes."""
    told = []
    try:
        told.append(repr(await run.handle.result()))
    except WorkflowFailureError as error:
        cause: BaseException | None = error
        while cause is not None:
            told += [repr(cause), str(cause), repr(getattr(cause, "details", ""))]
            cause = cause.__cause__
    told.append(await exported_history(run))
    description = await run.handle.describe()
    told += [str(description.raw_description), repr(await description.memo())]
    return "\n".join(told)


REFUSALS: dict[str, dict[str, Any]] = {
    "none": {},
    "invalid": {"effect": "error", "code": "ValidationException", "message": f"Value '{PASSWORD}' is not valid"},
    "invalid_in_json": {
        "effect": "error",
        "code": "ValidationException",
        "message": f"[{json.dumps(PASSWORD)} is too long]",
    },
    "cut_off": {"effect": "error", "code": "ValidationException", "message": f"Value '{PASSWORD[:12]}… is not valid"},
    "denied": {"effect": "access_denied"},
    "expired": {"effect": "expired_credentials", "times": 2},
    "signature": {
        "effect": "error",
        "code": "InvalidSignatureException",
        "message": f"The signature does not match\n\nx-amz-security-token:{PASSWORD}",
    },
    "lost": {"effect": "reset_after", "times": 1},
    "unknown": {"effect": "error", "code": "SomethingNew", "message": f"what about {PASSWORD}?", "times": 2},
}


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_no_secret_is_told_anywhere(  # noqa: PLR0913, PLR0917 — the world, and where to look
    stage: Stage,
    platform: PlatformFile,
    sts: Sts,
    refusal: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Not in history, memo, search attributes, failures or logs: on success and on each failure path."""
    caplog.set_level(logging.INFO)
    if REFUSALS[refusal]:
        stage.standin.fault("StartPipelineExecution", **REFUSALS[refusal])
    pipeline = pipeline_with(stage)
    async with platform.worker(stage):
        run = await stage.run(pipeline, parameters={"Password": "vault://jobs/password"}, timeout=15)
        told = await everything_told(run)
    output = capfd.readouterr()
    secrets = [PASSWORD, PASSWORD[:12], SECRET_KEY, *sts.secrets]
    assert sts.secrets
    assert found(secrets, told) == []
    assert found(secrets, caplog.text + output.out + output.err) == []
    assert "vault://jobs/password" in told


async def test_a_vault_that_comes_back_is_waited_for(stage: Stage, platform: PlatformFile) -> None:
    """A vault across the network that does not answer is no reason to fail a run."""
    platform.write(
        platform.path.read_text()
        + '[vaults.remote]\nprovider = "hashicorp_vault"\nurl = "http://127.0.0.1:1"\ntoken = "vault://env/KEY"\n'
        "allow_in_parameters = true\n"
    )
    pipeline = pipeline_with(stage)
    async with platform.worker(stage):
        run = await stage.run(pipeline, parameters={"Password": "vault://remote/x"})
        pending = await pending_failure(run)
        await run.cancel_by_signal()
        await run.handle.terminate()
    assert "the vault 'remote' does not give the secret 'x' now" in pending
    assert stage.calls("StartPipelineExecution")["received"] == 0


async def pending_failure(run: Run) -> str:
    """What the Web UI shows on the run's pending activity."""
    for _ in range(400):
        raw = (await run.handle.describe()).raw_description
        for pending in raw.pending_activities:
            if pending.attempt > 1 and pending.last_failure.message:
                return str(pending.last_failure.message)
    raise TimeoutError("no activity failed")


def test_nothing_that_is_read_shows_its_secrets(file: PlatformFile, tmp_path: Path) -> None:
    """Neither repr nor str nor dumps of the configuration, even where plain secrets were insisted on."""
    auth = {"method": "access_key", "access_key_id": "AKIA", "secret_access_key": SECRET_KEY}
    file.platform(auth, more="", name="p")
    file.write(file.path.read_text() + "insecure_plaintext = true\n")
    calls = file.calls()
    platform = calls.platforms["p"]
    shown = [repr(platform), str(platform), platform.model_dump_json(), repr(platform.model_dump()), repr(vars(calls))]
    assert found([SECRET_KEY], "".join(shown)) == []
    calls.close()
    assert tmp_path.exists()


async def test_a_steps_own_reason_quotes_no_secret(stage: Stage, platform: PlatformFile) -> None:
    """A script that prints what it was given fails its step with it: neither history nor document has it."""
    pipeline = stage.standin.create(
        [
            job(
                "Train",
                seconds=1,
                fail={"Std:Join": {"On": " ", "Values": ["login failed for", get("Parameters.Password")]}},
            )
        ],
        [parameter("Password")],
    )
    async with platform.worker(stage):
        run = await stage.run(pipeline, parameters={"Password": "vault://jobs/password"})
        failure = await run.failure()
        told = await everything_told(run)
    assert "login failed for" in failure.message
    assert found([PASSWORD], told) == []
