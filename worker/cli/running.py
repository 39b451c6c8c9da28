"""What `run` and `job run` do with a new run: start it, follow it to its end, and print what came of it."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, NoReturn

import typer
from rich.console import Group
from rich.text import Text

from contract.names import DEFAULT_TASK_QUEUE
from worker.cli.connection import JsonOption, LinkingConnection, TaskQueueOption, in_event_loop
from worker.cli.following import follow
from worker.cli.outcome import CommandError
from worker.cli.run_progress import run_progress
from worker.cli.run_rendering import print_run
from worker.cli.run_starting import NewRun, start_run
from worker.cli.run_view import RunView
from worker.cli.screen import fact_lines, print_whole_lines, progress, results
from worker.cli.stop_on_interrupt import StopOnInterrupt


@dataclass(frozen=True)
class Running:
    """Starts one run."""

    connection: LinkingConnection
    workflow_id: Annotated[
        str | None, typer.Option(metavar="ID", help="The run's id; by default the name of what runs, and a suffix.")
    ] = None
    task_queue: TaskQueueOption = DEFAULT_TASK_QUEUE
    join: Annotated[
        bool,
        typer.Option(
            "--join",
            help="Follow the run with this --workflow-id if it is open or has completed, instead of starting another.",
        ),
    ] = False
    wait: Annotated[
        bool, typer.Option("--wait/--detach", help="Follow the run to its end, or leave as soon as it is started.")
    ] = True
    cancel_on_interrupt: Annotated[
        bool,
        typer.Option(
            "--cancel-on-interrupt",
            help="The first Ctrl-C or SIGTERM asks the run to stop and waits for its end, the second one leaves it. "
            "Without this option the run goes on.",
        ),
    ] = False
    as_json: JsonOption = False

    def checked_id(self) -> str | None:
        """Return the workflow id that is asked for.

        Raises:
            CommandError: --join has no id to join.
        """
        if self.join and self.workflow_id is None:
            raise CommandError("--join needs --workflow-id ID: the run that it joins if it is there.")
        return self.workflow_id

    def run(self, new: NewRun) -> NoReturn:
        """Run it, print the outcome, and exit with its code.

        Raises:
            CommandError: It could not be started, or the command was interrupted.
        """
        if self.cancel_on_interrupt and not self.wait:
            raise CommandError("--cancel-on-interrupt follows the run to its end; leave --detach out.")
        work = self._stoppable(new) if self.cancel_on_interrupt else self._start(new)
        view = in_event_loop(work, interrupted=self._left(new.workflow_id))
        if self.wait or self.as_json:
            print_run(view, self.connection, as_json=self.as_json, with_history=progress.is_terminal)
        else:
            self._print_started(view)
        raise typer.Exit(view.exit_code)

    async def _stoppable(self, new: NewRun) -> RunView:
        with StopOnInterrupt() as stop:
            try:
                return await self._start(new, stop)
            except asyncio.CancelledError:
                raise CommandError(self._left(new.workflow_id, stop.state), stop.code) from None

    async def _start(self, new: NewRun, stop: StopOnInterrupt | None = None) -> RunView:
        client = await self.connection.open()
        if stop:
            stop.may_be_started()
        run_id = await start_run(client, new, self.task_queue, join=self.join)
        link = self.connection.web_ui_link(client.namespace, new.workflow_id, run_id)
        if not self.wait:
            return RunView(
                workflow_id=new.workflow_id, workflow_run_id=run_id, workflow_status="Running", web_ui_url=link
            )
        with run_progress(new.workflow_id, self.connection, link, cancels=self.cancel_on_interrupt) as shown:
            if not progress.is_terminal:
                progress.print(f"{new.workflow_id} {'joined' if self.join else 'started'}{f', {link}' if link else ''}")
            asking = stop and asyncio.create_task(stop.ask_once(client, new.workflow_id, shown.announce))
            try:
                return await follow(client, self.connection, new.workflow_id, shown.show)
            finally:
                if asking:
                    asking.cancel()

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

    def _left(self, workflow_id: str, state: str = "goes on") -> str:
        return (
            f"The run {workflow_id} {state}.\n"
            f"  Follow  {self.connection.command('status', workflow_id, '--watch')}\n"
            f"  Cancel  {self.connection.command('cancel', workflow_id)}"
        )
