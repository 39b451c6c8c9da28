"""Composing the input of a job run from a file and options: a request of AWS, a Task state, or a whole input."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from activities.resources.jobs import KIND_OF_JOB
from activities.resources.kind import NameKey
from contract.job_kinds import JobKind
from contract.job_run import JobRunInput
from contract.names import WorkflowType
from contract.spelling import field_of
from contract.task_state import read_task_state
from worker.cli.json_files import merged, read_json
from worker.cli.outcome import CommandError
from worker.cli.run_starting import NewRun, readable_id
from worker.cli.valid_input import valid_input

_OF_AN_INPUT: Final = frozenset({"job", "request", "job_arn"})
_AIRFLOW: Final = frozenset({"Model", "Transform"})


@dataclass(frozen=True)
class Options:
    """What the options say of a job run.

    Attributes:
        kind: The kind of job; None if it is not given.
        fields: Fields of the input by name; None means not given.
        inner_fields: Members of fields that are objects; other members of the file's stay.
    """

    kind: JobKind | None
    fields: Mapping[str, Any]
    inner_fields: Mapping[str, Mapping[str, Any]]

    def over(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields that the options set, over those of a document."""
        given = {name: value for name, value in self.fields.items() if value is not None}
        inner = {name: merged(document.get(name), members) for name, members in self.inner_fields.items() if members}
        return given | inner


@dataclass(frozen=True)
class JobInput:
    """The input of a job run.

    Attributes:
        argument: What is sent.
        run_input: What the worker will read from it.
    """

    argument: dict[str, Any]
    run_input: JobRunInput


def compose_job_input(path: str | None, options: Options, notice: Callable[[str], None]) -> JobInput:
    """Compose and validate the input of a job run.

    Args:
        path: The file, `-` for stdin; None where a job is followed.
        options: They win over the file.
        notice: Called with what a person should know about the file.

    Raises:
        CommandError: Something cannot be read, or is not a valid input: the field is named.
    """
    document = {} if path is None else read_json(path, "FILE")
    if not isinstance(document, dict):
        raise CommandError("FILE must hold a JSON object: a request of AWS, a Task state, or the input of a job run.")
    try:
        state = read_task_state(document)
    except ValueError as error:
        raise CommandError(f"Invalid input: {error}") from None
    if state is not None:
        return _of_a_state(document, valid_input(JobRunInput, state.fields), options)
    if path is None or _OF_AN_INPUT & {field_of(JobRunInput, key) for key in document}:
        given = valid_input(JobRunInput, document).model_dump(exclude_unset=True) if document else {}
        kind = {"job": options.kind} if options.kind is not None else {}
        return _of_fields({**given, **kind, **options.over(given)})
    return _of_fields(_request(document, options.kind, notice) | options.over({}))


def _of_a_state(document: Mapping[str, Any], run_input: JobRunInput, options: Options) -> JobInput:
    """Put the options beside a Task state, which is sent as it is."""
    if options.kind not in {None, run_input.job}:
        raise CommandError(f"The Task state's Resource creates a {run_input.job} job; leave --kind out.")
    beside = options.over(run_input.model_dump(exclude_unset=True))
    if beside and "Resource" not in document and "States" not in document:
        # The object around a state can have no other members: a state machine can.
        document = {"States": document}
    argument = {key: value for key, value in document.items() if field_of(JobRunInput, key) not in beside} | beside
    state = read_task_state(argument)
    assert state is not None  # noqa: S101 — it was one before, and its own members are as they were
    return JobInput(argument, valid_input(JobRunInput, state.fields))


def _request(document: dict[str, Any], kind: JobKind | None, notice: Callable[[str], None]) -> dict[str, Any]:
    if _AIRFLOW.issuperset(document) and isinstance(document.get("Transform"), dict):
        if "Model" in document:
            notice(
                "FILE is the config of Airflow's transform operator: its 'Transform' is the request. The model in "
                "'Model' is not created here, so it must exist."
            )
        return {"job": kind or JobKind.TRANSFORM, "request": document["Transform"]}
    if kind is None:
        raise CommandError(
            f"Missing option '--kind': the kind of job that FILE is the request of, one of {', '.join(JobKind)}. A "
            "Task state names its kind itself."
        )
    return {"job": kind, "request": document}


def _of_fields(fields: dict[str, Any]) -> JobInput:
    run_input = valid_input(JobRunInput, fields)
    # Only what was given: the worker's defaults are its own affair, and the input stays readable.
    return JobInput(run_input.model_dump(mode="json", exclude_unset=True), run_input)


def new_job_run(composed: JobInput, workflow_id: str | None) -> NewRun:
    """Return the run of a job.

    Args:
        composed: What to run.
        workflow_id: The id under which it lives; one is composed if that is None.
    """
    run_input = composed.run_input
    name = _name(run_input) or f"{run_input.job.replace('_', '-')}-job"
    return NewRun(
        WorkflowType.JOB_RUN,
        composed.argument,
        workflow_id or readable_id(name),
        f"{run_input.job} job {name} on {run_input.platform}",
        [
            ("Job", f"`{run_input.job}`"),
            ("Platform", f"`{run_input.platform}`"),
            ("Request", ", ".join(f"`{member}`" for member in run_input.request)),
            ("Follows", run_input.job_arn and f"`{run_input.job_arn}`"),
            ("Timeout", run_input.timeout and f"{run_input.timeout:g} s"),
            ("Attempt timeout", run_input.attempt_timeout and f"{run_input.attempt_timeout:g} s"),
        ],
    )


def _name(run_input: JobRunInput) -> str | None:
    """Return the job's name as far as the input has one; its member may begin with a small letter."""
    if run_input.job_arn is not None:
        return run_input.job_arn.rpartition("/")[2]
    key = KIND_OF_JOB[run_input.job].key
    member = key.member if isinstance(key, NameKey) else ""
    name = run_input.request.get(member, run_input.request.get(member[:1].lower() + member[1:]))
    return name if isinstance(name, str) and name else None
