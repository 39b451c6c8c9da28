from worker.cli.connection import Connection, JsonOption, in_event_loop
from worker.cli.gate_listing import Waiting, list_waiting, waiting_screen
from worker.cli.screen import print_json, progress, results


def approvals(*, as_json: JsonOption = False, connection: Connection) -> None:
    """List what runs wait for: Callback steps and model packages, the longest wait first. Works without a worker.

    **Examples**

    - `polysync-sagemaker approvals`

    - `polysync-sagemaker approvals --json | jq -r '.[].workflow_id'`
    """
    waiting = in_event_loop(_list(connection))
    if as_json:
        print_json([each.model_dump(mode="json") for each in waiting.found])
    else:
        results.print(waiting_screen(waiting.found, connection))
    for run, why in waiting.unreadable.items():
        progress.print(f"{run}: what it waits for is not known here. {why}.")


async def _list(connection: Connection) -> Waiting:
    return await list_waiting(await connection.open())
