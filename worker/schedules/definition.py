"""A schedule as people define it, by options or as a table of a TOML file."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, ValidationError, model_validator

from contract.job_kinds import JobKind
from contract.job_run import JobRunInput
from contract.json_walk import disproportion
from contract.names import DEFAULT_TASK_QUEUE
from contract.pipeline_run import PipelineRunInput
from contract.scheduled_input import rendered
from contract.spelling import InputDocument, describe_problems, field_of
from contract.templates import DEFAULT_ZONE, ScheduledStart
from contract.time_zones import TimeZoneName, time_zone
from worker.schedules.bounds import in_bounds, read_bound
from worker.schedules.durations import duration_text, read_duration
from worker.schedules.errors import ScheduleError
from worker.schedules.expressions import read_expression

MAX_EXPRESSIONS: Final = 20
_MIN_CATCH_UP: Final = timedelta(seconds=10)
"""Temporal's own (server: service/worker/scheduler)."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
_NOT_IN_THE_INPUT: Final = {
    "pipeline_name": "pipeline names it",
    "job": "it stands beside the input",
    "request": "it stands beside the input",
    "execution_arn": "a schedule starts executions and follows none",
    "job_arn": "a schedule starts jobs and follows none",
    "client_request_token": "AWS would answer each start with the first one's execution",
    "scheduled_time": "each run has its own",
}
_SAMPLE_TIME: Final = datetime(2026, 7, 4, 2, 30, tzinfo=UTC)
"""For the templates of an input that is validated before there is a run."""


class Overlap(StrEnum):
    """What becomes of a start whose time comes while an earlier run of the schedule is open."""

    SKIP = "skip"
    BUFFER_ONE = "buffer-one"
    BUFFER_ALL = "buffer-all"
    CANCEL_OTHER = "cancel-other"
    ALLOW_ALL = "allow-all"


def read_overlap(given: object) -> Overlap:
    """Read an overlap policy.

    Raises:
        ValueError: There is none of that name, or it would leave executions behind.
    """
    word = given.lower().replace("_", "-") if isinstance(given, str) else ""
    if word in list(Overlap):
        return Overlap(word)
    if word == "terminate-other":
        raise ValueError(
            "terminate-other would leave SageMaker's execution running, at your cost, with no run that follows it; use "
            "cancel-other, which stops it"
        )
    raise ValueError(f"must be one of {', '.join(Overlap)}")


def _duration(given: object) -> object:
    return read_duration(given) if isinstance(given, str) else given


def _expressions(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _expression(text: str) -> str:
    try:
        read_expression(text)
    except ValueError as error:
        raise ValueError(f"'{text[:80]}' {error}") from None
    return text.strip()


def _time(given: object) -> object:
    return read_bound(given) if isinstance(given, str) else given


def _name(name: str) -> str:
    if _NAME.fullmatch(name):
        return name
    raise ValueError("must be 1 to 200 letters, digits, '.', '_', '/' and '-', and begin with a letter or digit")


Duration = Annotated[timedelta, BeforeValidator(_duration), PlainSerializer(duration_text)]
Time = Annotated[datetime, BeforeValidator(_time), AfterValidator(in_bounds)]


class ScheduleDefinition(InputDocument):
    """One schedule; `read_definition` reads it."""

    free_form = frozenset({"request", "input"})

    name: Annotated[str, AfterValidator(_name)]
    when: Annotated[
        list[Annotated[str, AfterValidator(_expression)]],
        BeforeValidator(_expressions),
        Field(min_length=1, max_length=MAX_EXPRESSIONS),
    ]
    time_zone: TimeZoneName = DEFAULT_ZONE
    jitter: Duration = timedelta()
    overlap: Annotated[Overlap, BeforeValidator(read_overlap)] = Overlap.SKIP
    catch_up: Duration = timedelta(days=1)
    pause_on_failure: bool = False
    start: Time | None = None
    end: Time | None = None
    paused: bool | None = None
    task_queue: str = DEFAULT_TASK_QUEUE
    pipeline: str | None = None
    job: JobKind | None = Field(default=None, strict=False)
    request: dict[str, Any] | None = None
    input: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _what_runs(self) -> Self:
        if (self.pipeline is None) == (self.job is None):
            raise ValueError("exactly one of pipeline and job must say what runs")
        if self.job is None and self.request is not None:
            raise ValueError("request stands beside job only; a pipeline takes parameters in input")
        for key in self.input:
            if reason := _NOT_IN_THE_INPUT.get(field_of(self._document, key) or ""):
                raise ValueError(f"input.{key}: leave it out, {reason}")
        return self

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        start, end = self.start_at, self.end_at
        if start is not None and end is not None and end <= start:
            raise ValueError("end must be later than start")
        if self.catch_up < _MIN_CATCH_UP:
            raise ValueError("catch_up must be at least 10s, which Temporal needs")
        return self

    @model_validator(mode="after")
    def _input_can_run(self) -> Self:
        document = self._document
        if problem := disproportion(self.run_input):
            raise ValueError(f"input: {problem}")
        try:
            filled = rendered(self.run_input, document, ScheduledStart(time=_SAMPLE_TIME, schedule=self.name))
            document.admit(filled)
        except ValidationError as error:
            raise ValueError(f"input: {describe_problems(error, document)}") from None
        except ValueError as error:
            raise ValueError(f"input: {error}") from None
        return self

    @property
    def start_at(self) -> datetime | None:
        """The start, by the clock of the schedule's zone where it names none."""
        return self._zoned(self.start)

    @property
    def end_at(self) -> datetime | None:
        """The end, as `start_at`."""
        return self._zoned(self.end)

    @property
    def run_input(self) -> dict[str, Any]:
        """The input of each run, with its templates as they are."""
        if self.pipeline is not None:
            fields: dict[str, Any] = {"pipeline_name": self.pipeline}
        else:
            fields = {"job": self.job, **({} if self.request is None else {"request": self.request})}
        given = {field_of(self._document, key) or key: value for key, value in self.input.items()}
        zone = {} if self.time_zone == DEFAULT_ZONE else {"time_zone": self.time_zone}
        return {**fields, "templates": True, **zone, **given}

    @property
    def _document(self) -> type[InputDocument]:
        return PipelineRunInput if self.pipeline is not None else JobRunInput

    def _zoned(self, time: datetime | None) -> datetime | None:
        if time is None or time.tzinfo is not None:
            return time
        return time.replace(tzinfo=time_zone(self.time_zone))


def read_definition(fields: Mapping[str, Any]) -> ScheduleDefinition:
    """Read a schedule.

    Raises:
        ScheduleError: With all problems, those of the run's input as well.
    """
    try:
        return ScheduleDefinition.model_validate(fields)
    except ValidationError as error:
        problems = [describe_problems(error, ScheduleDefinition)]
    # The input is read last, and not where another field has a problem: then it is read here.
    what_runs = {key: fields[key] for key in ("pipeline", "job", "request", "input") if key in fields}
    try:
        ScheduleDefinition.model_validate({"name": "any", "when": "@daily", **what_runs})
    except ValidationError as error:
        problems += [text for text in [describe_problems(error, ScheduleDefinition)] if text not in problems[0]]
    raise ScheduleError("; ".join(problems))
