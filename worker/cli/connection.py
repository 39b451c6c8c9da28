"""The options by which commands reach Temporal, and what is derived from them."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import quote

import typer
from pydantic import ValidationError
from temporalio.client import Client
from temporalio.converter import DataConverter
from temporalio.service import RPCError, RPCStatusCode

from worker.cli.outcome import CommandError, ExitCode
from worker.connection import connect
from worker.settings import ENV_PREFIX, ClientSettings
from worker.settings_problems import describe_settings_problems
from workflows.payloads import LockedPayloadError, data_converter

_PANEL: Final = "Connection"

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
TaskQueueOption = Annotated[
    str, typer.Option("--task-queue", envvar=f"{ENV_PREFIX}TASK_QUEUE", help="The workers' task queue.")
]
PlatformOption = Annotated[str, typer.Option("--platform", help="A platform in the worker's configuration.")]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="The run's workflow id.", show_default=False)]

Result = TypeVar("Result")

_TEMPORAL_IS_AWAY: Final = frozenset(
    {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}
)


@dataclass(frozen=True)
class Connection:
    """How a command reaches Temporal, as far as options say so."""

    address: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Temporal's address. Otherwise TEMPORAL_ADDRESS or a Temporal profile, else localhost:7233.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    namespace: Annotated[
        str | None,
        typer.Option(help="Temporal's namespace. Otherwise TEMPORAL_NAMESPACE.", rich_help_panel=_PANEL),
    ] = None
    ui_url: str | None = field(init=False, default=None)

    async def open(self) -> Client:
        """Connect.

        Raises:
            worker.connection.CannotConnectError: No server answered.
            CommandError: The settings of the encryption are not valid, or a key cannot be had.
        """
        options = {"target_host": self.address, "namespace": self.namespace}
        return await connect(_data_converter(), overrides={name: value for name, value in options.items() if value})

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


@dataclass(frozen=True)
class LinkingConnection(Connection):
    """The connection of a command that prints links to the Web UI."""

    ui_url: Annotated[
        str | None,
        typer.Option(
            envvar=f"{ENV_PREFIX}UI_URL",
            metavar="URL",
            help="Address of Temporal's Web UI, for links to it.",
            rich_help_panel=_PANEL,
        ),
    ] = None


def _data_converter() -> DataConverter:
    """Build the data converter of the commands, which read and write as the worker does."""
    try:
        settings = ClientSettings()
    except ValidationError as error:
        raise CommandError(f"The settings are not valid: {describe_settings_problems(error)}") from None
    if not settings.encryption_keys:
        return data_converter
    # Here, so that commands without encryption need not load what reads keys.
    from worker.encryption.data_converter import EncryptionKeysError, open_data_converter  # noqa: PLC0415 — see above

    try:
        return open_data_converter(settings)
    except EncryptionKeysError as error:
        raise CommandError(str(error)) from None


def temporal_is_away(error: RPCError) -> bool:
    """Whether a call failed because Temporal, or the way there, does not work right now."""
    return error.status in _TEMPORAL_IS_AWAY


def in_event_loop(work: Coroutine[Any, Any, Result], *, interrupted: str = "") -> Result:
    """Run a command's asynchronous part.

    Args:
        work: What to run.
        interrupted: Printed after a Ctrl-C.

    Raises:
        CommandError: After a Ctrl-C, when Temporal went away in between, and when a key is missing.
    """
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise CommandError(interrupted, ExitCode.INTERRUPTED) from None
    except LockedPayloadError as error:
        raise CommandError(str(error)) from None
    except RPCError as error:
        if temporal_is_away(error):
            raise CommandError(f"Temporal does not answer: {error.message}", ExitCode.CANNOT_CONNECT) from error
        raise CommandError(f"Temporal refused: {error.message}") from error
