"""Whatever happens to a run whose executions fail: which attempts it begins, and that it begins each once."""

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.retry import OnFailure, RetryMode, RetryPolicy
from tests.conftest import EXAMPLES
from tests.properties.attempts_course import RARE, AttemptsCourse

MOST_EVENTS = 40

policies = st.builds(
    RetryPolicy,
    max_attempts=st.integers(1, 4),
    initial_delay=st.sampled_from([0.0, 60.0]),
    mode=st.sampled_from(RetryMode),
    restart_if_not_resumable=st.booleans(),
)


@settings(max_examples=2 * EXAMPLES)
@given(data=st.data(), retry=st.none() | policies, on_failure=st.sampled_from(OnFailure))
def test_each_attempt_is_wanted_and_begun_once(
    *, data: st.DataObject, retry: RetryPolicy | None, on_failure: OnFailure
) -> None:
    """None after a stop, none beside another, none twice, and the same again when it is replayed."""
    course = AttemptsCourse(retry=retry, on_failure=on_failure)
    course.check()
    # Swarm testing (Groce et al., ISSTA 2012): what ends most runs early is left out of many of them altogether.
    left_out = {event for event in RARE if data.draw(st.integers(0, 2), label=event)}
    for _ in range(MOST_EVENTS):
        possible = course.possible()
        if not (likely := sorted(possible.keys() - left_out)):
            break
        possible[data.draw(st.sampled_from(likely), label="Then")]()
        course.check()
    course.run.move_to_another_worker()
    course.run.leave()
