"""When events replace polls: a property of every history of ends, in virtual time."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from activities.events.trust import GRACE_SECONDS, PROVED_FROM, WINDOW_ENDS, EventRecord
from tests.unit.virtual_time import in_virtual_time

OWN, RECONCILE = 30.0, 300.0

_ENDS = st.lists(st.sampled_from(["by event", "event after the poll", "without event"]), max_size=60)


@settings(max_examples=100)
@given(_ENDS)
def test_the_interval_is_stretched_only_while_events_prove_themselves(ends: list[str]) -> None:
    """At least 19 of the last 20 ends came by event, and the last one did; each miss is counted."""

    async def scene() -> None:
        missed: list[None] = []
        changes: list[bool] = []
        record = EventRecord(RECONCILE, missed=lambda: missed.append(None), changed=changes.append)
        record.receiving(works=True)
        for number, end in enumerate(ends):
            key = f"training-job/{number}"
            now = asyncio.get_running_loop().time()
            record.ended(key, now - 1 if end == "by event" else None, watched_for=60)
            await asyncio.sleep(1)
            if end == "event after the poll":
                assert record.came(key)
            await asyncio.sleep(GRACE_SECONDS)
            assert not record.came(key)
            came = [each != "without event" for each in ends[: number + 1]][-WINDOW_ENDS:]
            proved = came[-1] and sum(came) >= PROVED_FROM
            assert record.interval(OWN) == (RECONCILE if proved else OWN)
            assert record.interval(1000.0) == 1000.0
        assert len(missed) == ends.count("without event")
        assert changes == [n % 2 == 0 for n in range(len(changes))], "said once per change"

    in_virtual_time(scene())


def test_ends_while_the_queue_cannot_be_read_prove_nothing() -> None:
    """Neither for nor against events."""

    async def scene() -> None:
        missed: list[None] = []
        record = EventRecord(RECONCILE, missed=lambda: missed.append(None), changed=lambda _: None)
        record.ended("training-job/a", None, watched_for=60)
        record.receiving(works=True)
        record.ended("training-job/b", None, watched_for=60)
        record.receiving(works=False)
        await asyncio.sleep(2 * GRACE_SECONDS)
        assert missed == []

    in_virtual_time(scene())
