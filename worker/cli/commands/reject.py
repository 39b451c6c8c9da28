from worker.cli.answering import (
    Answered,
    ByOption,
    GateReasonOption,
    PackageOption,
    StepOption,
    Wanted,
    answer,
)
from worker.cli.connection import AddressOption, Connection, JsonOption, NamespaceOption, RunArgument, in_event_loop
from worker.cli.screen import print_json, results


def reject(  # noqa: PLR0913 — options
    *,
    run: RunArgument,
    step: StepOption = None,
    package: PackageOption = None,
    reason: GateReasonOption = "",
    by: ByOption,
    as_json: JsonOption = False,
    address: AddressOption = None,
    namespace: NamespaceOption = None,
) -> None:
    """Answer no to what a run waits for: a Callback step fails, and so does a run whose model package is rejected.

    **Examples**

    - `polysync-sagemaker reject churn-training-1f2e3d4c --reason "the recall is too low"`

    - `polysync-sagemaker reject churn-training-1f2e3d4c --step Check`

    **Exit codes**: 0 once AWS has taken it; 2 no such run, several things wait, or it is refused, with the reason; 3
    cannot connect, or no worker answers.
    """
    connection = Connection(address, namespace)
    wanted = Wanted(is_yes=False, step=step, package=package, reason=reason, by=by)
    given = in_event_loop(answer(connection, run, wanted))
    if as_json:
        print_json(Answered(workflow_id=run, answer=given).model_dump(mode="json"))
    else:
        results.print(given.message)
