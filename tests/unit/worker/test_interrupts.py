"""What SIGINT and SIGTERM do to a command that takes them."""

import asyncio
import os
import signal

import pytest

from worker.cli.interrupts import Interrupts

INT, TERM = signal.SIGINT, signal.SIGTERM


@pytest.mark.parametrize(
    ("numbers", "first_is_an_event", "code", "is_cancelled"),
    [
        ([INT], False, 130, True),
        ([TERM], False, 143, True),
        ([TERM], True, 143, False),
        ([TERM, INT], True, 130, True),
        ([INT, TERM], True, 143, True),
    ],
)
async def test_signals_cancel_the_command(
    numbers: list[signal.Signals], *, first_is_an_event: bool, code: int, is_cancelled: bool
) -> None:
    """The first one, or the second one where the first is an event; with the exit code that shells give the last."""

    async def command() -> tuple[int, bool]:
        with Interrupts() as interrupts:
            interrupts.first_is_an_event = first_is_an_event
            try:
                for number in numbers:
                    os.kill(os.getpid(), number)
                    await asyncio.sleep(0.2)
            except asyncio.CancelledError:
                return interrupts.code, True
            return interrupts.code, False

    assert await asyncio.wait_for(asyncio.create_task(command()), 10) == (code, is_cancelled)
