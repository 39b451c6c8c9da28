"""`polysync-sagemaker schedule` as people call it, and schedules that Temporal's own command makes."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.e2e.command import Commands, unique, until


def executions(commands: Commands, name: str) -> list[str]:
    """The dates that the executions of a schedule's runs were started with."""
    found = commands.stack.standin.executions()
    return sorted(
        execution["parameters"]["InputData"].removeprefix(f"s3://{name}/")
        for execution in found
        if execution["parameters"].get("InputData", "").startswith(f"s3://{name}/")
    )


def last(commands: Commands, name: str) -> list[dict[str, Any]]:
    """The last runs of a schedule."""
    found: list[dict[str, Any]] = commands("schedule", "show", name, "--json").document["last"]
    return found


def test_missing_times_are_run_with_their_own_date(commands: Commands) -> None:
    """Applied, backfilled and shown: one execution for each time, and no second one for a second backfill."""
    name = unique("hourly")
    applied = commands(
        *("schedule", "apply", name, "churn-training", "--when", "0 * * * *", "--paused", "--json"),
        *("-p", f"InputData=s3://{name}/{{scheduled_time:%Y-%m-%dT%H}}", "-p", "TrainingSeconds=1"),
    )
    assert (applied.code, applied.document[0]["outcome"]) == (0, "created"), applied.err
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [now - timedelta(hours=back) for back in (3, 2, 1)]
    bounds = ("--from", hours[0].isoformat(), "--to", hours[-1].isoformat())
    backfilled = commands("schedule", "backfill", name, *bounds, "--overlap", "allow-all", "--json")
    assert (backfilled.code, backfilled.document["started"]) == (0, 3), backfilled.err
    until(lambda: [run["status"] for run in last(commands, name)] == ["Success"] * 3)
    again = commands("schedule", "backfill", name, *bounds)
    assert "nothing is missing; 3 have a run already" in again.out
    assert executions(commands, name) == [f"{hour:%Y-%m-%dT%H}" for hour in hours]
    shown = commands("schedule", "show", name).out
    assert "When       0 * * * *\n" in shown
    assert "State      paused\n" in shown
    assert f"{name}-{hours[-1]:%Y-%m-%dT%H:%M:%SZ}  Success  started" in shown
    assert commands("schedule", "delete", name).out == f"{name} is deleted.\n"
    refused = commands("schedule", "show", name)
    assert (refused.code, f"There is no schedule '{name}'." in refused.err) == (2, True)


def test_a_schedule_of_temporals_own_command_works_the_same(commands: Commands) -> None:
    """Shown, triggered, paused; an apply takes it over and says what that changes."""
    name = unique("theirs")
    run_input = {
        "PipelineName": "churn-training",
        "Templates": True,
        "Parameters": {"InputData": f"s3://{name}/{{scheduled_time:%Y}}-{{schedule}}", "TrainingSeconds": 1},
    }
    created = commands.temporal(
        *("schedule", "create", "--schedule-id", name, "--workflow-id", name, "--cron", "30 2 * * 1"),
        *("--task-queue", "sagemaker", "--type", "SageMakerPipelineRun", "--input", json.dumps(run_input)),
    )
    assert created.code == 0, created.err
    view = commands("schedule", "show", name, "--json").document
    assert (view["when"], view["what"]) == (["calendar(minute 30, hour 2, weekday 1)"], "churn-training")
    assert name in commands("schedule", "list").out
    assert commands("schedule", "trigger", name).code == 0
    until(lambda: [run["status"] for run in last(commands, name)] == ["Success"])
    assert executions(commands, name) == [f"{datetime.now(UTC):%Y}-{name}"]
    assert commands("schedule", "pause", name, "--note", "holidays").out == f"{name} is paused.\n"
    applied = commands(
        *("schedule", "apply", name, "churn-training", "--when", "cron(30 2 ? * MON *)", "--active", "--dry-run")
    )
    assert applied.code == 0, applied.err
    assert "  ~ when: calendar(minute 30, hour 2, weekday 1) -> cron(30 2 ? * MON *)\n" in applied.out
    assert "  ~ paused: true -> false\n" in applied.out
    assert commands("schedule", "delete", name).code == 0


def test_a_file_is_applied_whole_or_not_at_all(commands: Commands, tmp_path: Path) -> None:
    """All problems at once: exit 2; then both schedules, and pruned ones."""
    one, two = unique("one"), unique("two")
    tables = [f'[[schedule]]\nname = "{name}"\npipeline = "quick-check"\nwhen = "@daily"\n' for name in (one, two)]
    file = tmp_path / "schedules.toml"
    head = f'owner = "{one}"\n'
    file.write_text(head + "\n".join(tables) + 'overlap = "queue"\n')
    refused = commands("schedule", "apply", "-f", str(file))
    assert (refused.code, refused.out) == (2, "")
    assert f"schedule '{two}': overlap: must be one of skip" in refused.err
    file.write_text(head + "\n".join(tables))
    applied = commands("schedule", "apply", "-f", str(file), "--json").document
    assert [each["outcome"] for each in applied] == ["created", "created"]
    file.write_text(head + tables[0])
    pruned = commands("schedule", "apply", "-f", str(file), "--prune", "--json").document
    assert [(each["name"], each["outcome"]) for each in pruned] == [(one, "unchanged"), (two, "deleted")]
    assert commands("schedule", "delete", one).code == 0


def test_a_trigger_beside_an_open_run_needs_a_policy(commands: Commands) -> None:
    """The default policy would drop it: exit 2 with the open run; with `--overlap` both run."""
    name = unique("busy")
    applied = commands(
        *("schedule", "apply", name, "churn-training", "--when", "@yearly", "--paused", "-p", "TrainingSeconds=100000")
    )
    assert applied.code == 0, applied.err
    assert commands("schedule", "trigger", name).out == f"{name} is triggered.\n"
    until(lambda: commands("schedule", "show", name, "--json").document["open_runs"] == 1)
    refused = commands("schedule", "trigger", name)
    assert (refused.code, refused.out) == (2, "")
    assert (
        f"has an open run, {last(commands, name)[0]['workflow_id']}, and the schedule's overlap policy" in refused.err
    )
    time.sleep(1.1)  # the id of a run has its second: a start in the second of the open run would be that run
    triggered = commands("schedule", "trigger", name, "--overlap", "allow-all", "--json").document
    assert triggered == {"name": name, "triggered": True, "overlap": "allow-all", "open_runs": 1}
    until(lambda: len(last(commands, name)) == 2)
    for run in last(commands, name):
        assert commands("cancel", run["workflow_id"]).code == 0
    again = ("schedule", "apply", name, "churn-training", "--when", "@yearly", "--ask", "*", "--wait-for-approval")
    assert "  + input.approval\n" in commands(*again).out
    given = commands("schedule", "show", name, "--json").document["run_input"]
    assert given["callbacks"] == {"*": {"answered_by": "person", "on_cancel": "fail"}}
    assert given["approval"] == {"wait": True}
    assert commands("schedule", "delete", name).code == 0
