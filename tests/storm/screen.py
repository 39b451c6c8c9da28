"""A storm on the screen: its schedule, its progress, and what became of the runs."""

from collections import Counter
from collections.abc import Sequence

from rich.table import Table

from tests.storm.schedule import Schedule
from tests.storm.verdict import Outcome
from worker.cli.screen import table

COLUMNS = ("Success", "Failed", "Cancelled", "Never started", "Refused", "Open")


def plan_lines(schedule: Schedule) -> list[str]:
    """The schedule, one line for each run and each blow, in the order of time."""
    runs = [
        (run.at, f"run {run.number:04} {run.pipeline}, {run.seconds} s a job, {run.asked_for}") for run in schedule.runs
    ]
    blows = [(blow.at, f"{blow}, for {blow.lasts:.1f} s") for blow in schedule.blows]
    return [f"{at:7.2f} s  {what}" for at, what in sorted([*runs, *blows])]


def what_became_of(outcomes: Sequence[Outcome]) -> Table:
    """How many runs were asked for, what they came to, and how many executions SageMaker had for them."""
    shown = table("ASKED FOR", "RUNS", *(column.upper() for column in COLUMNS), "EXECUTIONS", "STARTS", "STOPS")
    kinds = sorted({outcome.plan.asked_for for outcome in outcomes})
    for kind in kinds:
        _add_row(shown, kind, [outcome for outcome in outcomes if outcome.plan.asked_for == kind])
    _add_row(shown, "all", outcomes)
    return shown


def _add_row(shown: Table, name: str, outcomes: Sequence[Outcome]) -> None:
    told = Counter(str(outcome.told) for outcome in outcomes)
    executions = [execution for outcome in outcomes for execution in outcome.executions]
    numbers = [
        len(outcomes),
        *(told[column] for column in COLUMNS),
        len(executions),
        sum(each["starts_accepted"] for each in executions),
        sum(each["stops_accepted"] for each in executions),
    ]
    shown.add_row(name, *map(str, numbers))
