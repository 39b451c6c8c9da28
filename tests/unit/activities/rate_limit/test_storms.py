"""What the rate limit makes of a service whose rate nobody knows, simulated minute by minute."""

import asyncio
import math

import pytest

from activities.aws.rate_limit.limit import RateLimit
from tests.unit.activities.rate_limit.server import Server, ask, now, per_second
from tests.unit.virtual_time import in_virtual_time

MINUTE = 60.0


async def saturate(server: Server, processes: int) -> None:
    """Ask as much as is possible, 32 calls at once in each process, for three minutes."""

    async def insatiable(limit: RateLimit) -> None:
        while True:
            await ask(limit, server)

    limits = [RateLimit("p") for _ in range(processes)]
    clients = [asyncio.create_task(insatiable(limit)) for limit in limits for _ in range(32)]
    await asyncio.sleep(3 * MINUTE)
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)


@pytest.mark.parametrize(("rate", "processes"), [(2, 1), (10, 1), (100, 1), (20, 3)])
def test_an_unknown_rate_is_used_well_and_seldom_exceeded(rate: float, processes: int) -> None:
    """After a minute to find it: nearly all of it is used, by one process or by several that know nothing of others."""
    server = Server(rate)
    in_virtual_time(saturate(server, processes))
    admitted, refused = (per_second(calls, MINUTE, 3 * MINUTE) for calls in (server.admitted, server.refused))
    assert admitted > 0.9 * rate
    assert refused < 0.08 * admitted


class Watches:
    """A hundred runs that are looked at regularly, all together `per_second` times."""

    def __init__(self, server: Server, demand: float) -> None:
        self.limit = RateLimit("p")
        self.interval = 100 / demand
        self._server = server

    async def run(self, seconds: float) -> None:
        """Look for so long."""
        watches = [asyncio.create_task(self._watch(self.interval * number / 100)) for number in range(100)]
        await asyncio.sleep(seconds)
        for watch in watches:
            watch.cancel()
        await asyncio.gather(*watches, return_exceptions=True)

    async def _watch(self, first_after: float) -> None:
        await asyncio.sleep(first_after)
        while True:
            began = now()
            await ask(self.limit, self._server)
            await asyncio.sleep(max(began + self.interval - now(), 0))


@pytest.mark.parametrize("demand", [2.0, 20.0, 200.0])
def test_a_storm_of_throttling_slows_down_at_once_and_is_forgotten_within_a_minute(demand: float) -> None:
    """Nine of ten calls are refused for five minutes."""
    server = Server(rate=1000.0, storm=(MINUTE, 6 * MINUTE))
    watches = Watches(server, demand)
    in_virtual_time(watches.run(8 * MINUTE))
    asked = server.admitted + server.refused
    before, soon, during, after = (
        per_second(asked, 30, MINUTE),
        per_second(asked, MINUTE + 5, MINUTE + 15),
        per_second(asked, MINUTE + 15, 6 * MINUTE),
        per_second(server.admitted, 7 * MINUTE, 7 * MINUTE + max(watches.interval, 10)),
    )
    assert before == pytest.approx(demand, rel=0.1)
    assert soon < 1
    assert 0.4 < during < 0.6
    assert after == pytest.approx(demand, rel=0.2)
    assert watches.limit.rate == math.inf
