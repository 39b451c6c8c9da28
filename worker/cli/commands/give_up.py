from contract.names import GIVE_UP_UPDATE
from contract.retry import Decision, GiveUpRequest
from worker.cli.connection import Connection, JsonOption, RunArgument, in_event_loop
from worker.cli.deciding import DecisionMade, ReasonOption, decide
from worker.cli.screen import print_json, results


def give_up(
    *,
    run: RunArgument,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
    connection: Connection,
) -> None:
    """Let a failed run that waits for a decision end as failed.

    **Example**

    - `polysync-sagemaker give-up churn-training-1f2e3d4c --reason "the data is wrong"`

    **Exit codes**: 0 once the run has taken it; 2 no such run, or it refuses, with the reason; 3 cannot connect, or no
    worker answers.
    """
    decision = in_event_loop(_decide(connection, run, GiveUpRequest(reason=reason)))
    if as_json:
        print_json(DecisionMade(workflow_id=run, decision=decision).model_dump(mode="json"))
    else:
        results.print(decision.message)


async def _decide(connection: Connection, workflow_id: str, request: GiveUpRequest) -> Decision:
    return await decide(await connection.open(), connection, workflow_id, GIVE_UP_UPDATE, request)
