"""What open runs wait for that a person or another system answers, from their memos: no worker is needed for it."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field
from rich.console import Group, RenderableType
from rich.text import Text
from temporalio.client import Client

from contract.names import RUN_MEMO, STATUS_ATTRIBUTE, WorkflowType
from contract.open_gates import Gate
from contract.run import RunStatus
from worker.cli.connection import Connection
from worker.cli.screen import table
from worker.cli.visible_run import gates_in, gates_left_out
from workflows.payloads import UnreadablePayload

_QUERY = (
    f"WorkflowType = '{WorkflowType.PIPELINE_RUN}' AND ExecutionStatus = 'Running' "
    f"AND {STATUS_ATTRIBUTE.name} = '{RunStatus.RUNNING}'"
)


class WaitingRun(BaseModel):
    """One thing that a run waits for."""

    workflow_id: str
    gate: Gate
    left_out: int = Field(default=0, description="How much more this run waits for, which the list has no room for.")


@dataclass(frozen=True)
class Waiting:
    """What the open runs wait for.

    Attributes:
        found: The longest wait first.
        unreadable: Why it is not known of a run, by its workflow id.
    """

    found: list[WaitingRun]
    unreadable: dict[str, str]


async def list_waiting(client: Client) -> Waiting:
    """List what waits for an answer."""
    found: list[WaitingRun] = []
    unreadable: dict[str, str] = {}
    async for execution in client.list_workflows(_QUERY):
        memo: Any = await execution.memo_value(RUN_MEMO, default={})
        if isinstance(memo, dict):
            more = gates_left_out(memo)
            found += [WaitingRun(workflow_id=execution.id, gate=gate, left_out=more) for gate in gates_in(memo)]
        elif isinstance(memo, UnreadablePayload):
            unreadable[execution.id] = memo.problem
    found.sort(key=lambda each: (each.gate.since is None, str(each.gate.since), each.workflow_id))
    return Waiting(found, unreadable)


def waiting_screen(waiting: list[WaitingRun], connection: Connection) -> RenderableType:
    """Lay the list out as a table, and name the command that shows what it has no room for."""
    if not waiting:
        return Text("No run waits for an answer.", style="dim")
    shown = table("RUN", "WAITS FOR", "SINCE (UTC)", "UNTIL (UTC)", "ANSWERED BY")
    for each in waiting:
        gate = each.gate
        by = "person; AWS shows no token" if gate.is_for_a_person and gate.token_shown is False else gate.answered_by
        shown.add_row(
            each.workflow_id,
            gate.subject,
            f"{gate.since:%Y-%m-%d %H:%M:%S}" if gate.since else "-",
            f"{gate.until:%Y-%m-%d %H:%M:%S}" if gate.until else "-",
            by,
        )
    more = {each.workflow_id: each.left_out for each in waiting if each.left_out}
    return Group(
        shown,
        *(
            Text(f"{run} waits for {count} more: {connection.command('status', run)}")
            for run, count in sorted(more.items())
        ),
    )
