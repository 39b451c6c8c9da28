"""How long to wait between two polls."""

import pytest

from activities.watching.pace import jittered, slowed_down


@pytest.mark.parametrize(
    ("interval", "times", "slower"),
    [
        (10, 0, 10),
        (10, 1, 20),
        (10, 4, 160),
        (10, 5, 300),
        (10, 10**9, 300),
        (0.1, 3, 0.8),
        (900, 0, 900),
        (900, 5, 900),
    ],
)
def test_an_interval_doubles_up_to_five_minutes(interval: float, times: int, slower: float) -> None:
    """A longer interval, which a caller asked for, is kept."""
    assert slowed_down(interval, times) == pytest.approx(slower)


def test_the_jitter_is_a_tenth_and_right_on_average() -> None:
    """Watches that were started together do not march in step."""
    delays = [jittered(100.0) for _ in range(2000)]
    assert 90 <= min(delays) < 92
    assert 108 < max(delays) <= 110
    assert sum(delays) / len(delays) == pytest.approx(100, abs=1)


def test_a_pause_may_have_another_end() -> None:
    """While AWS is down, polls are tried more often than at an unknown status."""
    assert [slowed_down(10, times, 45) for times in range(4)] == [10, 20, 40, 45]


@pytest.mark.parametrize("longest", [45.0, 300.0])
@pytest.mark.parametrize("interval", [1e-9, 1e-4, 1.0, 44.0])
def test_every_interval_backs_off_to_the_longest_pause(interval: float, longest: float) -> None:
    """However short it is."""
    assert slowed_down(interval, 10**9, longest) == longest
