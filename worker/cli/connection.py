"""The options by which commands reach Temporal, and what is derived from them."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import quote

import typer
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from worker.cli.outcome import CommandError, ExitCode
from worker.connection import connect
from worker.settings import ENV_PREFIX

_PANEL: Final = "Connection"

AddressOption = Annotated[
    str | None,
    typer.Option(
        "--address",
        metavar="HOST:PORT",
        help="Temporal's address. Otherwise TEMPORAL_ADDRESS or a Temporal profile, else localhost:7233.",
        rich_help_panel=_PANEL,
    ),
]
NamespaceOption = Annotated[
    str | None,
    typer.Option("--namespace", help="Temporal's namespace. Otherwise TEMPORAL_NAMESPACE.", rich_help_panel=_PANEL),
]
UiUrlOption = Annotated[
    str | None,
    typer.Option(
        "--ui-url",
        envvar=f"{ENV_PREFIX}UI_URL",
        metavar="URL",
        help="Address of Temporal's Web UI, for links to it.",
        rich_help_panel=_PANEL,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="The run's workflow id.", show_default=False)]

Result = TypeVar("Result")

_TEMPORAL_IS_AWAY: Final = frozenset(
    {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}
)


@dataclass(frozen=True)
class Connection:
    """How a command reaches Temporal, as far as options say so."""

    address: str | None = None
    namespace: str | None = None
    ui_url: str | None = None

    async def open(self) -> Client:
        """Connect.

        Raises:
            worker.connection.CannotConnectError: No server answered.
        """
        options = {"target_host": self.address, "namespace": self.namespace}
        return await connect(overrides={name: value for name, value in options.items() if value})

    def command(self, *words: str) -> str:
        """Write a command line of ours that reaches the same Temporal."""
        options = [("--address", self.address), ("--namespace", self.namespace)]
        given = [word for name, value in options if value for word in (name, value)]
        return " ".join(["polysync-sagemaker", *words, *given])

    def web_ui_link(self, namespace: str, workflow_id: str, run_id: str | None) -> str | None:
        """Link to a run's page in the Web UI, or None if its address is not known."""
        if not self.ui_url:
            return None
        parts = [namespace, "workflows", workflow_id, *([run_id] if run_id else [])]
        return f"{self.ui_url.rstrip('/')}/namespaces/{'/'.join(quote(part, safe='') for part in parts)}"


def temporal_is_away(error: RPCError) -> bool:
    """Whether a call failed because Temporal, or the way there, does not work right now."""
    return error.status in _TEMPORAL_IS_AWAY


def in_event_loop(work: Coroutine[Any, Any, Result], *, interrupted: str = "") -> Result:
    """Run a command's asynchronous part.

    Args:
        work: What to run.
        interrupted: What to tell after a Ctrl-C.

    Raises:
        CommandError: After a Ctrl-C, and when Temporal went away in between.
    """
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise CommandError(interrupted, ExitCode.INTERRUPTED) from None
    except RPCError as error:
        if temporal_is_away(error):
            raise CommandError(f"Temporal does not answer: {error.message}", ExitCode.CANNOT_CONNECT) from error
        raise CommandError(f"Temporal refused: {error.message}") from error
