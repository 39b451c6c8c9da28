"""The commands and Temporal's own, on an encrypted installation."""

import base64
import json
from typing import Any

import pytest
from temporalio.client import WorkflowHistory

from tests.e2e.command import Commands, unique, until
from tests.encryption.exported import in_clear
from tests.encryption.stack import OTHER_KEY, TOKEN, Installation

SECRET = "PLANTED-secret"


@pytest.fixture
def token(installation: Installation) -> str:
    """The codec server's token, as a reference."""
    file = installation.folder / "codec-token"
    file.write_text(TOKEN)
    return f"file://{file}"


def exported(installation: Installation, run: str) -> str:
    """A run's history as an operator exports it, without any key."""
    return installation.without_keys.temporal("workflow", "show", "--workflow-id", run, "-o", "json").out


def is_encrypted(history: str) -> bool:
    """Whether nothing stands in clear in an exported history."""
    parsed = WorkflowHistory.from_json("run", history)
    return not any(in_clear(event) for event in parsed.events)


def test_a_failed_run_is_told_to_those_with_the_key(installation: Installation) -> None:
    """`run` and `status` work as ever; the exported history has nothing of the input or the reason."""
    run = unique("encrypted")
    reason = ("-p", f"FailureReason={SECRET}")
    ended = installation.with_keys("run", "quick-check", *reason, "--workflow-id", run, "--json")
    assert (ended.code, ended.document["failure"]["type"]) == (1, "PipelineExecutionFailed")
    assert SECRET in ended.document["failure"]["message"]
    assert SECRET in installation.with_keys("status", run).out
    history = exported(installation, run)
    assert is_encrypted(history)
    assert SECRET not in history
    assert base64.b64encode(SECRET.encode()).decode()[:16] not in history


def test_a_run_is_watched_and_cancelled(installation: Installation) -> None:
    """`status` shows phase and heartbeat, `cancel` sends its reason encrypted."""
    run = installation.with_keys.start_long()
    status = until(lambda: running(installation, run))
    assert status["run"]["phase"] == "Running"
    assert status["pending_activities"][0]["heartbeat"]["sagemaker_status"] == "Executing"
    ended = installation.with_keys("cancel", run, "--reason", SECRET, "--wait", "--json")
    assert ended.code == 4
    assert f"Cancel signal: {SECRET}" in [entry["why"] for entry in ended.document["run"]["history"]]
    history = exported(installation, run)
    assert is_encrypted(history)
    assert SECRET not in history


def running(installation: Installation, run: str) -> dict[str, Any] | None:
    """The status of a run whose watch has looked."""
    view: dict[str, Any] = installation.with_keys("status", run, "--json").document
    pending = view["pending_activities"]
    return view if pending and pending[0]["heartbeat"] else None


def test_discovery_and_doctor_work(installation: Installation) -> None:
    """Workflows of our own commands are encrypted, too."""
    listed = installation.with_keys("pipelines", "--json")
    assert "quick-check" in [job["external_id"] for job in listed.document["jobs"]]
    checked = installation.with_keys("doctor", "--json")
    assert checked.document["checked_by"] == "worker"


def test_without_the_key_the_commands_say_which_is_missing(installation: Installation) -> None:
    """Exit 2 and a sentence; nothing is shown."""
    run = installation.with_keys.start("quick-check", "-p", f"FailureReason={SECRET}")
    assert installation.with_keys("status", run, "--watch").code == 1
    ended = installation.without_keys("status", run)
    assert ended.code == 2
    assert "encrypted under the key 'e2e', and there are no keys here" in ended.err
    assert "POLYSYNC_SAGEMAKER_ENCRYPTION_KEYS" in ended.err
    assert SECRET not in ended.out + ended.err
    assert "Traceback" not in ended.err


def test_a_run_under_a_strange_key_is_a_clear_sign(installation: Installation) -> None:
    """`status` tells why the workers cannot read the input, and the worker logs it as an error."""
    strange = {
        "POLYSYNC_SAGEMAKER_ENCRYPTION_KEYS": f"strange=env://STRANGE_KEY {installation.keys}",
        "STRANGE_KEY": OTHER_KEY,
    }
    run = unique("strange")
    started = installation.with_keys("run", "quick-check", "--detach", "--workflow-id", run, environment=strange)
    assert started.code == 0, started.err

    def told() -> str | None:
        shown = installation.with_keys("status", run, environment=strange)
        return shown.out if "workflow task fails" in shown.out else None

    told_by_status = until(told)
    assert "encrypted under the key 'strange', and the keys here are: e2e" in told_by_status
    assert "Add 'strange' to POLYSYNC_SAGEMAKER_ENCRYPTION_KEYS" in told_by_status
    log = installation.stack.worker.log.read_text()
    assert "LockedInputError" in log
    installation.with_keys.temporal("workflow", "terminate", "--workflow-id", run)


@pytest.mark.parametrize("command", [("worker",), ("status",), ("codec-server", "--without-authentication")])
def test_a_missing_key_is_told_by_every_command(installation: Installation, command: tuple[str, ...]) -> None:
    """Exit 2 before anything is connected or served."""
    setting = {"POLYSYNC_SAGEMAKER_ENCRYPTION_KEYS": "e2e=env://NO_SUCH_KEY"}
    ended = installation.without_keys(*command, environment=setting)
    assert (ended.code, ended.out) == (2, "")
    assert "The encryption key 'e2e' cannot be read: env://NO_SUCH_KEY is empty or not there" in ended.err


def test_a_wrong_setting_is_told_by_its_name(installation: Installation) -> None:
    """Also by commands that need no worker's settings."""
    ended = installation.without_keys("status", environment={"POLYSYNC_SAGEMAKER_ENCRYPTION_KEYS": "e2e"})
    assert ended.code == 2
    assert "POLYSYNC_SAGEMAKER_ENCRYPTION_KEYS: entry 1 must be <id>=<reference>" in ended.err


def test_temporals_command_reads_through_the_codec_server(installation: Installation, token: str) -> None:
    """With endpoint and token it shows input and result, and starts runs whose input is encrypted."""
    with installation.codec_server("--token", token) as server:
        through = ("--codec-endpoint", server.url, "--codec-auth", f"Bearer {TOKEN}")
        run = unique("by-hand")
        document = {"pipeline_name": "quick-check", "parameters": {"Seconds": 1}}
        started = installation.without_keys.temporal(
            *("workflow", "execute", "--task-queue", "sagemaker", "--type", "SageMakerPipelineRun"),
            *("--workflow-id", run, "--input", json.dumps({**document, "description": SECRET}), "-o", "json"),
            *through,
        )
        assert started.code == 0, started.err
        assert started.document["result"]["status"] == "Success"
        shown = installation.without_keys.temporal("workflow", "show", "--workflow-id", run, "-o", "json", *through)
        payload = shown.document["events"][0]["workflowExecutionStartedEventAttributes"]["input"]["payloads"][0]
        assert json.loads(base64.b64decode(payload["data"]))["description"] == SECRET
        asked = ("workflow", "query", "--workflow-id", run, "--type", "status", "-o", "json")
        assert installation.without_keys.temporal(*asked, *through).document["queryResult"][0]["status"] == "Success"
        refused = installation.without_keys.temporal(*asked, "--codec-endpoint", server.url)
        code, events = server.end()
    assert SECRET not in refused.out + refused.err
    assert is_encrypted(exported(installation, run))
    assert code == 0
    assert {event["event"] for event in events} >= {"payloads.encoded", "payloads.decoded"}
    assert {(event["caller"], event["namespace"]) for event in events if "caller" in event} == {("token", "default")}
    assert SECRET not in json.dumps(events)


def test_a_schedule_is_encrypted_and_without_the_key_said_to_be(installation: Installation) -> None:
    """With the key it works as any; without it all is shown but the input, and nothing overwrites it in clear."""
    name = unique("nightly")
    with_keys, without = installation.with_keys, installation.without_keys
    options = ("quick-check", "--when", "@yearly", "-p", f"FailureReason={SECRET} {{scheduled_time:%Y}}")
    applied = with_keys("schedule", "apply", name, *options)
    assert applied.code == 0, applied.err
    assert with_keys("schedule", "apply", name, *options).out.startswith(f"{name} unchanged")
    assert with_keys("schedule", "trigger", name).code == 0
    until(lambda: [run["status"] for run in shown(with_keys, name)["last"]] == ["Failed"])
    assert shown(with_keys, name)["what"] == "quick-check"
    run = shown(with_keys, name)["last"][0]["workflow_id"]
    assert f"{SECRET} 20" in with_keys("status", run).out
    view = shown(without, name)
    assert (view["what"], view["run_input"], view["when"]) == (None, None, ["@yearly"])
    assert "encrypted under the key 'e2e', and there are no keys here" in view["unreadable"]
    listed = until(lambda: found if name in (found := without("schedule", "list").out) else None)
    assert f"{name}: A payload cannot be read: it is encrypted under the key 'e2e'" in " ".join(listed.split())
    refused = without("schedule", "apply", name, *options)
    assert refused.code == 2
    assert f"The schedule '{name}' cannot be updated, because it cannot be read here." in refused.err
    described = without.temporal("schedule", "describe", "--schedule-id", name, "-o", "json").out
    assert base64.b64encode(SECRET.encode()).decode()[:16] not in described
    checks = {check["name"]: check for check in without("doctor", "--task-queue", "none", "--json").document["checks"]}
    assert (checks["schedules"]["ok"], name in checks["schedules"]["detail"]) == (False, True)
    checks = {check["name"]: check for check in with_keys("doctor", "--json").document["checks"]}
    assert checks["schedules"]["ok"] is True
    assert without("schedule", "delete", name).code == 0


def shown(commands: Commands, name: str) -> dict[str, Any]:
    """What is shown of a schedule."""
    view: dict[str, Any] = commands("schedule", "show", name, "--json").document
    return view


def test_what_waits_is_not_hidden_by_a_missing_key(installation: Installation) -> None:
    """`approvals` names the runs of which it does not know, and exits with 0."""
    run = installation.with_keys.start_long()
    assert installation.with_keys("approvals").out == "No run waits for an answer.\n"
    listed = until(lambda: found if run in (found := installation.without_keys("approvals")).err else None)
    assert (listed.code, listed.out) == (0, "No run waits for an answer.\n")
    why = f"{run}: what it waits for is not known here. A payload cannot be read: it is encrypted"
    assert why in " ".join(listed.err.split())
    assert installation.with_keys("cancel", run).code == 0
