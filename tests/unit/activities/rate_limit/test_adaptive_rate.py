"""How the rate follows AWS's answers and refusals."""

import math

import pytest

from activities.aws.rate_limit.adaptive_rate import (
    LEAST_RATE,
    LONGEST_EVIDENCE_SECONDS,
    RECOVERED_SECONDS,
    REGAINED_SECONDS,
    AdaptiveRate,
)


def called(rate: AdaptiveRate, per_second: int, *, seconds: int = 10) -> float:
    """Call regularly from 0 on; when that ends."""
    for number in range(per_second * seconds):
        rate.called(number / per_second)
    return float(seconds)


def answered(rate: AdaptiveRate, begin: float, seconds: float) -> float:
    """Have an answer every second; when that ends."""
    for second in range(1, int(seconds) + 1):
        rate.answered(begin + second)
    return begin + seconds


def test_the_first_refusal_halves_what_was_asked_for() -> None:
    """Unlimited until then, so half of the calls of the last seconds, and no number out of the blue."""
    rate = AdaptiveRate()
    now = called(rate, 40)
    assert (rate.rate, rate.is_slowed) == (math.inf, False)
    assert rate.refused(now, now)
    assert rate.is_slowed
    assert rate.rate == pytest.approx(20, rel=0.05)


def test_a_burst_right_at_the_start_is_not_taken_for_a_rate() -> None:
    """Fifty calls within a tenth of a second are fifty a second, not five hundred."""
    rate = AdaptiveRate()
    for number in range(50):
        rate.called(100 + number / 500)
    rate.refused(100.1, 100.1)
    assert rate.rate == 25


def test_what_was_asked_for_long_ago_does_not_count() -> None:
    """After an idle minute there is only the call that was refused."""
    rate = AdaptiveRate()
    now = called(rate, 40) + 60
    rate.called(now)
    rate.refused(now, now)
    assert rate.rate == LEAST_RATE


def test_refusals_of_calls_made_before_the_last_halving_count_once() -> None:
    """Sixteen calls under way meet one throttling; a call made later that is refused halves the rate again."""
    rate = AdaptiveRate()
    now = called(rate, 40)
    assert [rate.refused(now - 0.1, now + number / 100) for number in range(16)] == [True, *[False] * 15]
    halved = rate.rate
    assert rate.refused(now + 1, now + 1.1)
    assert rate.rate == pytest.approx(halved / 2)


def test_the_rate_never_falls_below_the_least() -> None:
    """Else nobody would notice the end of a storm; a lower limit of the platform's own is halved once."""
    for ceiling, least in ((math.inf, LEAST_RATE), (10.0, LEAST_RATE), (0.2, 0.1)):
        rate = AdaptiveRate(ceiling)
        for second in range(20):
            rate.called(second)
            rate.refused(second, second)
        assert rate.rate == least


def test_the_rate_returns_quickly_hesitates_and_then_rushes() -> None:
    """To what was refused, a little above it, far above it, and to the full speed."""
    rate = AdaptiveRate()
    now = called(rate, 40)
    rate.refused(now, now)
    half = rate.rate
    now = answered(rate, now, REGAINED_SECONDS)
    assert rate.rate == pytest.approx(2 * half)
    now = answered(rate, now, REGAINED_SECONDS)
    assert rate.rate == pytest.approx(3 * half)
    now = answered(rate, now, REGAINED_SECONDS)
    assert rate.rate == pytest.approx(10 * half)
    answered(rate, now, RECOVERED_SECONDS)
    assert (rate.rate, rate.is_slowed) == (math.inf, False)


def test_a_platforms_limit_is_never_exceeded() -> None:
    """Whatever AWS allows; at the limit again, nothing is slowed."""
    rate = AdaptiveRate(30.0)
    assert (rate.rate, rate.is_slowed) == (30, False)
    now = called(rate, 30)
    rate.refused(now, now)
    assert rate.rate == pytest.approx(15, rel=0.05)
    answered(rate, now, RECOVERED_SECONDS)
    assert (rate.rate, rate.is_slowed) == (30, False)


def test_only_answers_raise_the_rate() -> None:
    """An hour without calls tells no more than the last seconds of it."""
    idle, busy = AdaptiveRate(), AdaptiveRate()
    for rate in (idle, busy):
        now = called(rate, 40)
        rate.refused(now, now)
    idle.answered(now + 3600)
    answered(busy, now, LONGEST_EVIDENCE_SECONDS)
    assert idle.rate == busy.rate
