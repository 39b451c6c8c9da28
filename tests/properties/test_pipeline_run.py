"""Whatever happens to a run, in whatever order: what it does, against a model of what it must do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.names import ActivityType
from tests.conftest import EXAMPLES
from tests.properties.run_course import RunCourse

MOST_EVENTS = 40

# There are many ways through a run, and each takes a hundredth of a second.
MANY = settings(max_examples=2 * EXAMPLES)


@MANY
@given(data=st.data(), timeout=st.sampled_from([None, 30.0, 7200.0]), follows=st.booleans())
def test_a_run_does_what_it_must(*, data: st.DataObject, timeout: float | None, follows: bool) -> None:
    """One start and one stop, the true end, and the same again when it is replayed."""
    course = RunCourse(timeout=timeout, follows=follows)
    course.check()
    for _ in range(MOST_EVENTS):
        if not (possible := course.possible()):
            break
        possible[data.draw(st.sampled_from(sorted(possible)), label="Then")]()
        course.check()
    if course.run.is_held:
        course.run.release()
        course.check()
    course.run.move_to_another_worker()
    course.run.leave()


@pytest.mark.parametrize("first", ["the signal comes", "the watch gives up: AccessDenied"])
def test_a_signal_that_comes_together_with_the_loss_of_the_watch_still_stops_the_execution(first: str) -> None:
    """The SDK shows the workflow the signal first, so the stop is under way and the watch is begun again."""
    course = RunCourse(timeout=None, follows=False)
    course.possible()["AWS gives an execution, Executing"]()
    both = {event: course.possible()[event] for event in ("the signal comes", "the watch gives up: AccessDenied")}
    course.run.hold()
    both.pop(first)()
    for event in both.values():
        event()
    course.run.release()
    assert course.run.fire_next_timer().summary == "Pause before the next watch"
    assert {activity.type for activity in course.run.activities.values()} == {ActivityType.STOP, ActivityType.WATCH}
    course.run.leave()
