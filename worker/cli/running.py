"""What `run` and `job run` do with a new run: start it, follow it to its end, and print what came of it."""

from dataclasses import dataclass
from typing import Final, NoReturn

import typer
from rich.console import Group
from rich.text import Text
from temporalio.service import RPCError, RPCStatusCode

from contract.names import CANCEL_SIGNAL
from worker.cli.connection import Connection, in_event_loop
from worker.cli.following import follow
from worker.cli.interrupts import interrupt_on_sigterm
from worker.cli.outcome import CommandError, ExitCode
from worker.cli.run_progress import run_progress
from worker.cli.run_reading import run_handle
from worker.cli.run_rendering import run_screen
from worker.cli.run_starting import NewRun, start_run
from worker.cli.run_view import RunView
from worker.cli.screen import fact_lines, print_json, print_whole_lines, progress, results
from worker.connection import CannotConnectError

_REASON: Final = "The command that started it was interrupted"


@dataclass(frozen=True)
class Running:
    """Starts one run.

    Attributes:
        connection: Where Temporal is.
        task_queue: The workers' task queue.
        wait: Whether to follow the run to its end.
        as_json: Whether to print one JSON document.
        cancel_on_interrupt: Whether Ctrl-C and SIGTERM ask the run to stop.
    """

    connection: Connection
    task_queue: str
    wait: bool
    as_json: bool
    cancel_on_interrupt: bool

    def run(self, new: NewRun) -> NoReturn:
        """Run it, print the outcome, and exit with its code.

        Raises:
            CommandError: It could not be started, or the command was interrupted.
        """
        if self.cancel_on_interrupt:
            interrupt_on_sigterm()
        try:
            view = in_event_loop(self._start(new), interrupted=self._left_running(new.workflow_id))
        except CommandError as error:
            if self.cancel_on_interrupt and error.code is ExitCode.INTERRUPTED:
                raise self._cancelled(new.workflow_id) from None
            raise
        if self.as_json:
            print_json(view.model_dump(mode="json"))
        elif self.wait:
            print_whole_lines(run_screen(view, self.connection, with_history=progress.is_terminal))
        else:
            self._print_started(view)
        raise typer.Exit(view.exit_code)

    async def _start(self, new: NewRun) -> RunView:
        client = await self.connection.open()
        run_id = await start_run(client, new, self.task_queue)
        link = self.connection.web_ui_link(client.namespace, new.workflow_id, run_id)
        if not self.wait:
            return RunView(
                workflow_id=new.workflow_id, workflow_run_id=run_id, workflow_status="Running", web_ui_url=link
            )
        with run_progress(new.workflow_id, self.connection, link, cancels=self.cancel_on_interrupt) as shown:
            if not progress.is_terminal:
                progress.print(f"{new.workflow_id} started{f', {link}' if link else ''}")
            return await follow(client, self.connection, new.workflow_id, shown.show)

    def _cancelled(self, workflow_id: str) -> CommandError:
        """Ask an interrupted run to stop; return what to print."""
        watch = self.connection.command("status", workflow_id, "--watch")
        try:
            was_asked = in_event_loop(self._ask_to_stop(workflow_id))
        except (CommandError, CannotConnectError) as error:
            return CommandError(f"{error}\n{self._left_running(workflow_id)}", ExitCode.INTERRUPTED)
        if not was_asked:
            return CommandError(
                f"The run {workflow_id} is not open: it has ended, or was not started.", ExitCode.INTERRUPTED
            )
        return CommandError(f"The run {workflow_id} has been asked to stop.\n  Follow  {watch}", ExitCode.INTERRUPTED)

    async def _ask_to_stop(self, workflow_id: str) -> bool:
        client = await self.connection.open()
        try:
            await run_handle(client, workflow_id).signal(CANCEL_SIGNAL, {"reason": _REASON})
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True

    def _print_started(self, view: RunView) -> None:
        results.print(Text(f"{view.workflow_id} started", style="bold"))
        facts = [
            ("Status", self.connection.command("status", view.workflow_id)),
            ("Follow", self.connection.command("status", view.workflow_id, "--watch")),
            ("Cancel", self.connection.command("cancel", view.workflow_id)),
        ]
        if view.web_ui_url:
            facts.insert(0, ("Web UI", view.web_ui_url))
        print_whole_lines(Group(*fact_lines([(name, Text(value)) for name, value in facts])))

    def _left_running(self, workflow_id: str) -> str:
        return (
            f"The run {workflow_id} goes on.\n"
            f"  Follow  {self.connection.command('status', workflow_id, '--watch')}\n"
            f"  Cancel  {self.connection.command('cancel', workflow_id)}"
        )
