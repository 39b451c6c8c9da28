"""`--cancel-on-interrupt`: the first SIGINT or SIGTERM asks the run to stop, the second one leaves it."""

from collections.abc import Callable
from typing import Final

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.retrying import retrying
from contract.names import CANCEL_SIGNAL
from worker.cli.connection import temporal_is_away
from worker.cli.following import POLL_EVERY_SECONDS
from worker.cli.interrupts import Interrupts
from worker.cli.run_reading import run_handle

_REASON: Final = "The command that started it was interrupted"


class StopOnInterrupt(Interrupts):
    """The signals of a command that starts and follows a run.

    Attributes:
        state: How the run is left, as the end of a sentence that begins with it.
    """

    state = "was not started"

    def may_be_started(self) -> None:
        """Let the next signal ask for a stop, instead of ending a command that has started nothing."""
        self.first_is_an_event = True
        self.state = "may have been started"

    async def ask_once(self, client: Client, workflow_id: str, announce: Callable[[str], None]) -> None:
        """Wait for the first signal, and ask the run to stop then, however long Temporal is away.

        Args:
            client: Connected to Temporal.
            workflow_id: The run.
            announce: Called with what a person should know.
        """
        self.state = "goes on"
        await self.came.wait()
        handle = run_handle(client, workflow_id)
        try:
            await retrying(lambda: handle.signal(CANCEL_SIGNAL, {"reason": _REASON}), _while_temporal_is_away)
        except RPCError as error:
            # NOT_FOUND: it has ended in the meantime, and is about to be printed.
            if error.status is not RPCStatusCode.NOT_FOUND:
                announce(f"Temporal refuses to ask the run to stop: {error.message}")
            return
        self.state = "has been asked to stop"
        announce(f"The run {workflow_id} has been asked to stop; another Ctrl-C or SIGTERM leaves it.")


def _while_temporal_is_away(error: Exception, _attempts: int) -> float | None:
    return POLL_EVERY_SECONDS if isinstance(error, RPCError) and temporal_is_away(error) else None
