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


@pytest.mark.parametrize(
    ("number", "left_behind", "seconds_after_first"),
    [
        (1, [], 60),
        (1, [{"refused_up_to": 3}], 60),
        (1, [{"refused_up_to": 1}], 0),
        (2, [{"refused_up_to": 3}], 60),
        (2, [{"refused_up_to": 1, "begun": 3}], 60),
    ],
)
def test_after_a_reset_of_the_activity_its_outcome_is_open(
    number: int, left_behind: list[Any], seconds_after_first: float
) -> None:
    """Temporal counts the attempts from 1 again, whose memory counts those before."""
    environment = attempt(number, *left_behind, seconds_after_first=seconds_after_first)
    beats = beats_of(environment)
    assert environment.run(lambda: EarlierAttempts.read().may_have_created) is True
    next_attempt = attempt(number + 1, beats[-1].model_dump(), seconds_after_first=seconds_after_first)
    assert next_attempt.run(lambda: EarlierAttempts.read().may_have_created) is True


def test_what_a_reset_run_may_have_created_is_remembered_until_aws_says_that_it_does_not_exist() -> None:
    """Refusals of this activity's attempts say nothing about the time before."""

    def refused() -> bool:
        earlier = EarlierAttempts.read(may_be_known=True)
        earlier.refused_for_certain()
        return earlier.may_have_created

    def not_there() -> bool:
        earlier = EarlierAttempts.read(may_be_known=True)
        earlier.nothing_exists()
        return earlier.may_have_created

    first = attempt(1)
    beats = beats_of(first)
    assert first.run(refused) is True
    second = attempt(2, beats[-1].model_dump())
    beats = beats_of(second)
    assert second.run(not_there) is False
    third = attempt(3, beats[-1].model_dump())
    assert third.run(lambda: EarlierAttempts.read(may_be_known=True).may_have_created) is False


def test_each_kind_of_propagation_has_its_own_time() -> None:
    """A role that is new and a name that is being deleted are waited for one after the other."""

    def waited() -> tuple[float, float, float]:
        earlier = EarlierAttempts(refused_since={"AccessDenied": 0.0})
        return tuple(earlier.seconds_of_propagation(kind) for kind in ("AccessDenied", "JobNameTaken", "JobNameTaken"))  # type: ignore[return-value]

    long, none, still_none = attempt(2).run(waited)
    assert long > 1e9
    assert none == 0.0
    assert still_none < 60


def test_a_refusal_is_left_to_the_next_attempt() -> None:
    """It stands in the last heartbeat, because the attempt ends with it."""
    environment = attempt(2, {"refused_up_to": 1})
    beats = beats_of(environment)
    environment.run(lambda: EarlierAttempts.read().refused_for_certain())
    assert beats == [EarlierAttempts(refused_up_to=1, begun=2), EarlierAttempts(refused_up_to=2, begun=2)]
    next_attempt = attempt(3, beats[-1].model_dump())
    assert next_attempt.run(lambda: EarlierAttempts.read().may_have_been_accepted) is False


def test_a_refusal_does_not_undo_an_uncertain_attempt_before_it() -> None:
    """What may have started stays so, however often AWS refuses at the door afterwards."""
    environment = attempt(3, {"refused_up_to": 1})
    beats = beats_of(environment)
    environment.run(lambda: EarlierAttempts.read().refused_for_certain())
    assert beats == [EarlierAttempts(refused_up_to=1, begun=3)]
    assert attempt(4, {"refused_up_to": 1}).run(lambda: EarlierAttempts.read().may_have_been_accepted) is True
