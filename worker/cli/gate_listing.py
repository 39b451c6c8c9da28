"""What open runs wait for that a person or another system answers, from their memos: no worker is needed for it."""

from typing import Any

from pydantic import BaseModel
from rich.console import RenderableType
from rich.text import Text
from temporalio.client import Client

from contract.names import RUN_MEMO, STATUS_ATTRIBUTE, WorkflowType
from contract.open_gates import Gate
from contract.run import RunStatus
from worker.cli.screen import table
from worker.cli.visible_run import gates_in

_QUERY = (
    f"WorkflowType = '{WorkflowType.PIPELINE_RUN}' AND ExecutionStatus = 'Running' "
    f"AND {STATUS_ATTRIBUTE.name} = '{RunStatus.RUNNING}'"
)


class WaitingRun(BaseModel):
    """One thing that a run waits for."""

    workflow_id: str
    gate: Gate


async def list_waiting(client: Client) -> list[WaitingRun]:
    """List what waits for an answer, longest first."""
    found = []
    async for execution in client.list_workflows(_QUERY):
        memo: Any = await execution.memo_value(RUN_MEMO, default={})
        if isinstance(memo, dict):
            found += [WaitingRun(workflow_id=execution.id, gate=gate) for gate in gates_in(memo)]
    return sorted(found, key=lambda each: (each.gate.since is None, str(each.gate.since), each.workflow_id))


def waiting_screen(waiting: list[WaitingRun]) -> RenderableType:
    """Lay the list out as a table."""
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
    return shown
