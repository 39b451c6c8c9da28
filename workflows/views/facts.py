"""Facts of a run in words that its page in the Web UI and the commands share; what AWS wrote is not escaped yet."""

from typing import NamedTuple

from contract.job_document import JobRunDocument
from contract.open_gates import Gate
from contract.pipeline_document import PipelineRunDocument
from contract.run import RunDocument
from workflows.views.durations import date_text


class Choice(NamedTuple):
    """What a person may decide about a failed run.

    Attributes:
        what: What happens then.
        command: The command that decides so.
        options: Its options, behind the workflow id.
    """

    what: str
    command: str
    options: tuple[str, ...] = ()


class Page(NamedTuple):
    """A page outside Temporal: what it belongs to, such as `the SageMaker console`, and its address."""

    where: str
    url: str


_GIVE_UP = Choice("close the run as failed", "give-up")


def choices(document: RunDocument) -> list[Choice]:
    """Return what can be decided about a run that waits for a decision."""
    if isinstance(document, JobRunDocument):
        return [Choice("start another job", "retry"), _GIVE_UP]
    return [
        Choice("go on with the steps that failed", "retry"),
        Choice("start a new execution", "retry", ("--mode", "restart")),
        _GIVE_UP,
    ]


class GateText(NamedTuple):
    """What a run waits for, since when and until when; what ends it; the queue of a Callback step."""

    what: str
    end: str
    queue: str | None


def gate_choices(document: RunDocument) -> list[Choice]:
    """Return how a person can answer what the run waits for."""
    gates = [gate for gate in document.open_gates if gate.is_for_a_person and gate.token_shown is not False]
    # Without options the commands are for the only one.
    is_only = sum(gate.is_for_a_person for gate in document.open_gates) == 1
    return [
        Choice(f"{verb} {gate.subject}", verb, () if is_only else _option(gate))
        for gate in gates
        for verb in ("approve", "reject")
    ]


def _option(gate: Gate) -> tuple[str, str]:
    return ("--package", gate.model_package_arn) if gate.model_package_arn else ("--step", gate.step)


def gate_texts(document: RunDocument) -> list[GateText]:
    """Return what the run waits for."""
    texts = []
    for gate in document.open_gates:
        since = f" since {date_text(gate.since)}" if gate.since else ""
        until = f", until {date_text(gate.until)}" if gate.until else ""
        texts.append(GateText(f"{gate.subject}{since}{until}", gate.what_ends_it, gate.queue))
    if left_out := document.gates_in_all - len(document.open_gates):
        texts.append(GateText(f"{left_out} more", "each is shown when it is among the first that wait", None))
    return texts


def job_facts(document: RunDocument) -> dict[str, str | None]:
    """Return what is known of a job, by label; empty for other runs."""
    if not isinstance(document, JobRunDocument):
        return {}
    job, progress = document.job, document.progress
    return {
        "Job": None if job is None else f"{job.kind} {job.name}" if job.name else job.kind,
        "Secondary status": document.secondary_status,
        "Progress": None if progress is None else progress.counted or None,
        "Best job": None if progress is None else progress.best_job,
    }


def execution_label(document: RunDocument) -> str:
    """Return what the ARN in `run_id` is of."""
    return "Job ARN" if isinstance(document, JobRunDocument) else "Execution"


def links(document: RunDocument) -> dict[str, Page]:
    """Return the pages outside Temporal that belong to a run, by label."""
    studio = document.studio_url if isinstance(document, PipelineRunDocument) else None
    log = document.log_url if isinstance(document, JobRunDocument) else None
    pages = {
        "Monitor": ("the SageMaker console", document.monitor_url),
        "Studio": ("SageMaker Studio", studio),
        "Log": ("the CloudWatch console", log),
    }
    return {label: Page(where, url) for label, (where, url) in pages.items() if url}


def billable_text(document: RunDocument) -> str | None:
    """Write what AWS bills; None where that is not known."""
    if document.billable_seconds is None:
        return None
    of_what = "" if isinstance(document, JobRunDocument) else " of training"
    return f"{document.billable_seconds} s{of_what}"


def caught_text(document: RunDocument) -> str | None:
    """Write which catcher completed the run; None if none did."""
    caught = document.caught
    return None if caught is None else f"{caught.error}, goes on with {caught.next}"


def scheduled_text(document: RunDocument) -> str | None:
    """Write the nominal time of a run, and which schedule started it; None if it has no such time."""
    if document.scheduled_time is None:
        return None
    by = f", by the schedule {document.schedule}" if document.schedule else ""
    return f"{date_text(document.scheduled_time)}{by}"


def version_text(document: RunDocument) -> str | None:
    """Write the version that an execution runs, with its aliases; None where AWS does not say it."""
    if not isinstance(document, PipelineRunDocument) or document.pipeline_version_id is None:
        return None
    aliases = ", ".join(document.pipeline_version_aliases)
    return f"{document.pipeline_version_id}{f' ({aliases})' if aliases else ''}"
