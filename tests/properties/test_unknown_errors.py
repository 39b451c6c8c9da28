"""Errors that no table knows, at any place of a run: it ends, names the error, and neither starts nor stops twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from temporalio.exceptions import ApplicationError

from activities.models import FollowedExecution, Observation, StopOutcome
from contract.failures import FailureType
from contract.names import CANCEL_SIGNAL, ActivityType
from contract.pipeline_document import TERMINAL_STATUSES, PipelineRunDocument
from tests.conftest import EXAMPLES
from tests.properties.driven_workflow import Activity, DrivenWorkflow
from workflows.pipeline_run import SageMakerPipelineRun
from workflows.run import publication

ARN: Final = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn/execution/abcdef123456"
ERRORS: Final = (ValueError, RecursionError, KeyError, UnicodeError, AttributeError, ZeroDivisionError)
MOST_EVENTS: Final = 12
MOST_EVENTS_TO_THE_END: Final = 30

error_types = st.sampled_from(ERRORS)


class Course:
    """One run, the execution as it truly is, and what failed with which error.

    Attributes:
        status: Of the execution in AWS; None before the start.
        failed: The error by which a start or a watch failed last.
        failed_stops: How many stops failed.
    """

    def __init__(self) -> None:
        self.status: str | None = None
        self.failed: type[Exception] | None = None
        self.failed_stops = 0
        self.run = DrivenWorkflow(SageMakerPipelineRun, {"pipeline_name": "churn"})

    def answers(self) -> dict[str, Callable[[], None]]:
        """What the pending activities may return, each under its words."""
        events: dict[str, Callable[[], None]] = {}
        for each in self.run.activities.values():
            match each.type:
                case ActivityType.START:
                    events["AWS gives an execution"] = partial(self._start, each)
                case ActivityType.WATCH:
                    for status in (self.status, "Succeeded", "Failed"):
                        if self.status in (status, "Executing"):
                            events[f"the watch sees {status}"] = partial(self._see, each, status)
                case ActivityType.DESCRIBE:
                    events["the execution is described"] = partial(self._describe, each)
                case ActivityType.STOP:
                    events["AWS accepts the stop"] = partial(self._stop, each)
        return events

    def fail(self, activity: Activity, error: type[Exception]) -> None:
        """Let an activity fail for good with an error that is none of ours."""
        if activity.type == ActivityType.STOP:
            self.failed_stops += 1
        elif activity.type != ActivityType.DESCRIBE:
            self.failed = error
        self.run.fail(activity, ApplicationError(f"text of {error.__name__}", type=error.__name__, non_retryable=True))

    def _start(self, start: Activity) -> None:
        self.status = "Executing"
        self.run.complete(start, self._followed())

    def _see(self, watch: Activity, status: str | None) -> None:
        self.status = status
        self.run.complete(watch, Observation(sagemaker_status=status))

    def _describe(self, describe: Activity) -> None:
        self.run.complete(describe, self._followed())

    def _stop(self, stop: Activity) -> None:
        self.status = "Stopped" if self.status == "Executing" else self.status
        self.run.complete(stop, StopOutcome(accepted=True, why="text of AWS"))

    def _followed(self) -> FollowedExecution:
        observed = Observation(sagemaker_status=self.status)
        return FollowedExecution(execution_arn=ARN, poll_interval=30, heartbeat_timeout=60, observed=observed)

    def check(self) -> None:
        """Check what must hold at any time."""
        kinds = [each.type for each in self.run.scheduled]
        assert kinds.count(ActivityType.START) == 1, "no second execution"
        assert kinds.count(ActivityType.STOP) <= 1 + self.failed_stops
        if self.run.closing is not None:
            self._it_names_what_failed()
        else:
            assert self.run.activities or self.run.timers

    def _it_names_what_failed(self) -> None:
        closing = self.run.closing
        assert closing is not None
        document = PipelineRunDocument.model_validate(closing.document)
        if closing.failure_type not in (None, FailureType.PIPELINE_EXECUTION_FAILED):
            assert self.failed is not None
            assert (closing.failure_type, document.message) == (self.failed.__name__, f"text of {self.failed.__name__}")
        elif self.status is not None:
            assert document.sagemaker_status in TERMINAL_STATUSES


@contextmanager
def broken_page(error: type[Exception] | None) -> Iterator[None]:
    """Let the page of the Web UI fail whenever it is rendered."""

    def fail(*_arguments: object) -> str:
        raise error or Exception

    with pytest.MonkeyPatch.context() as patch:
        if error is not None:
            patch.setattr(publication, "render_details", fail)
        yield


@settings(max_examples=EXAMPLES)
@given(data=st.data(), page_error=st.none() | error_types)
def test_an_unknown_error_anywhere_neither_hangs_nor_doubles_a_run(
    data: st.DataObject, page_error: type[Exception] | None
) -> None:
    """A cancel ends the run even if its watch never returns; no stop is lost that was not answered."""
    with broken_page(page_error):
        course = Course()
        course.check()
        for _ in range(data.draw(st.integers(0, MOST_EVENTS), label="events")):
            if course.run.closing is not None:
                break
            _something_happens(data, course)
            course.check()
        _it_is_cancelled(course)
        course.run.leave()


def _something_happens(data: st.DataObject, course: Course) -> None:
    run = course.run
    events: dict[str, Callable[[], object]] = dict(course.answers())
    for each in run.activities.values():
        for error in ERRORS:
            events[f"{each.type} fails: {error.__name__}"] = partial(course.fail, each, error)
    events["the signal comes"] = partial(run.signal, CANCEL_SIGNAL)
    events["the worker is lost, and another replays"] = run.move_to_another_worker
    if run.timers:
        events["the next timer fires"] = run.fire_next_timer
    events[data.draw(st.sampled_from(sorted(events)), label="Then")]()


def _it_is_cancelled(course: Course) -> None:
    """From now on AWS answers, but the watch never returns."""
    if course.run.closing is None:
        course.run.signal(CANCEL_SIGNAL)
    for _ in range(MOST_EVENTS_TO_THE_END):
        if course.run.closing is not None:
            break
        answers = course.answers()
        answer = next((name for name in answers if not name.startswith("the watch")), None)
        if answer is None:
            course.run.fire_next_timer()
        else:
            answers[answer]()
        course.check()
    assert course.run.closing is not None, "a cancel ends the run once nothing runs any more"
    assert course.failed is not None or course.status in (None, *TERMINAL_STATUSES), "no stop is lost"
