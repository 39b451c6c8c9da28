"""In which order turns are given."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise

import pytest

from activities.aws.rate_limit.turns import PASSED_OVER_AT_MOST, Priority, Turns, Waiter

STOP, ACTION, WAKE, LOOK, BROWSE = Priority


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Futures need one."""
    with asyncio.Runner() as runner:
        yield runner.get_loop()


class Crowd:
    """Those who wait, by name."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.turns = Turns()
        self.waiters: dict[str, Waiter] = {}
        self._loop = loop

    def join(self, priority: Priority, *names: str) -> None:
        """Wait, one after the other."""
        for name in names:
            self.waiters[name] = self._loop.create_future()
            self.turns.add(self.waiters[name], priority)

    def order(self) -> list[str]:
        """Who gets the turns, to the last one."""
        names = {waiter: name for name, waiter in self.waiters.items()}
        order = []
        while self.turns:
            order.append(names[self.turns.pop()])
        return order


@pytest.fixture
def crowd(loop: asyncio.AbstractEventLoop) -> Crowd:
    """Nobody yet."""
    return Crowd(loop)


def test_stops_go_before_actions_and_these_before_looks_and_discoveries(crowd: Crowd) -> None:
    """Whoever came first, goes first among his like."""
    crowd.join(BROWSE, "b1")
    crowd.join(LOOK, "l1", "l2")
    crowd.join(ACTION, "a1", "a2")
    crowd.join(STOP, "s1")
    assert crowd.order() == ["s1", "a1", "a2", "l1", "l2", "b1"]


def test_nobody_is_shut_out(crowd: Crowd) -> None:
    """Among a thousand starts each lower class has every tenth turn, or the one after if both are due."""
    crowd.join(ACTION, *(f"a{number}" for number in range(1000)))
    crowd.join(LOOK, *(f"l{number}" for number in range(60)))
    crowd.join(BROWSE, *(f"b{number}" for number in range(60)))
    order = [name[0] for name in crowd.order()][:500]
    for letter in "lb":
        turns = [turn for turn, name in enumerate(order) if name == letter]
        assert max(later - earlier for earlier, later in pairwise(turns)) <= PASSED_OVER_AT_MOST + 2
        assert len(turns) <= 500 / (PASSED_OVER_AT_MOST + 1)


def test_those_who_leave_are_not_called(crowd: Crowd) -> None:
    """From anywhere in the queue, and once more without harm."""
    crowd.join(LOOK, "l1", "l2", "l3")
    crowd.turns.remove(crowd.waiters["l2"], LOOK)
    crowd.turns.remove(crowd.waiters["l2"], LOOK)
    assert crowd.order() == ["l1", "l3"]
    assert not crowd.turns
