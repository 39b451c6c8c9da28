from worker.cli.connection import Connection, JsonOption, in_event_loop
from worker.cli.gate_listing import WaitingRun, list_waiting, waiting_screen
from worker.cli.screen import print_json, results


def approvals(*, as_json: JsonOption = False, connection: Connection) -> None:
    """List what runs wait for: Callback steps and model packages, the longest wait first. Works without a worker.

    **Examples**

    - `polysync-sagemaker approvals`

    - `polysync-sagemaker approvals --json | jq -r '.[].workflow_id'`
    """
    waiting = in_event_loop(_list(connection))
    if as_json:
        print_json([each.model_dump(mode="json") for each in waiting])
    else:
        results.print(waiting_screen(waiting))


async def _list(connection: Connection) -> list[WaitingRun]:
    return await list_waiting(await connection.open())
