"""The memory of a start: what its earlier attempts may have done."""

from typing import Any

import pytest

from activities.starting.earlier_attempts import EarlierAttempts
from tests.unit.activities.attempt import attempt, beats_of


@pytest.mark.parametrize(
    ("number", "left_behind", "may_have_been_accepted"),
    [
        (1, [], False),
        (2, [], True),
        (2, [{"refused_up_to": 1}], False),
        (3, [{"refused_up_to": 1}], True),
        (3, [{"refused_up_to": 2}], False),
        (2, [{"refused_up_to": 0}], True),
        (2, [None], True),
        (2, ["from another version"], True),
        (2, [{"refused_up_to": "?"}], True),
        (2, [{}], True),
    ],
)
def test_only_what_was_refused_for_certain_started_nothing(
    number: int, left_behind: list[Any], *, may_have_been_accepted: bool
) -> None:
    """An attempt that left nothing readable behind may have been accepted by AWS."""
    assert (
        attempt(number, *left_behind).run(lambda: EarlierAttempts.read().may_have_been_accepted)
        is may_have_been_accepted
    )


def test_a_refusal_is_left_to_the_next_attempt() -> None:
    """It stands in the last heartbeat, because the attempt ends with it."""
    environment = attempt(2, {"refused_up_to": 1})
    beats = beats_of(environment)
    environment.run(lambda: EarlierAttempts.read().refused_for_certain())
    assert beats == [EarlierAttempts(refused_up_to=2)]
    next_attempt = attempt(3, beats[-1].model_dump())
    assert next_attempt.run(lambda: EarlierAttempts.read().may_have_been_accepted) is False


def test_a_refusal_does_not_undo_an_uncertain_attempt_before_it() -> None:
    """What may have started stays so, however often AWS refuses at the door afterwards."""
    environment = attempt(3, {"refused_up_to": 1})
    beats = beats_of(environment)
    environment.run(lambda: EarlierAttempts.read().refused_for_certain())
    assert beats == []
    assert attempt(4, {"refused_up_to": 1}).run(lambda: EarlierAttempts.read().may_have_been_accepted) is True
