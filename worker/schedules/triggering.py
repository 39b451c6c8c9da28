"""Starting a run of a schedule at once."""

from dataclasses import dataclass

from temporalio.client import Client, ScheduleActionExecutionStartWorkflow, ScheduleOverlapPolicy

from worker.schedules.building import overlap_name, overlap_policy
from worker.schedules.definition import Overlap
from worker.schedules.errors import ScheduleError
from worker.schedules.stored import StoredSchedule


@dataclass(frozen=True)
class Triggered:
    """A start that was asked for.

    Attributes:
        overlap: The name of the overlap policy that applies to it.
        open_runs: How many runs of the schedule were open.
    """

    overlap: str
    open_runs: int


async def trigger_run(client: Client, stored: StoredSchedule, overlap: Overlap | None) -> Triggered:
    """Start a run now.

    Args:
        client: Temporal.
        stored: The schedule.
        overlap: What becomes of the start while another run is open; None for the policy of the schedule.

    Raises:
        ScheduleError: No policy is given, and the schedule's own would drop the start, which Temporal does silently.
    """
    if overlap is None:
        _refuse_a_lost_start(stored)
        policy = stored.description.schedule.policy.overlap
        await client.get_schedule_handle(stored.name).trigger()
    else:
        policy = overlap_policy(overlap)
        await client.get_schedule_handle(stored.name).trigger(overlap=policy)
    return Triggered(overlap_name(policy), len(stored.description.info.running_actions))


def _refuse_a_lost_start(stored: StoredSchedule) -> None:
    runs = [
        run.workflow_id
        for run in stored.description.info.running_actions
        if isinstance(run, ScheduleActionExecutionStartWorkflow)
    ]
    if not runs:
        return
    match stored.description.schedule.policy.overlap:
        case ScheduleOverlapPolicy.SKIP:
            why = "the schedule's overlap policy, skip, would drop the start"
            after = "buffer-one (after the open run)"
        case ScheduleOverlapPolicy.BUFFER_ONE if stored.buffered:
            why = "the schedule's overlap policy, buffer-one, would drop the start, since another one is buffered"
            after = "buffer-all (after the buffered one)"
        case _:
            return
    raise ScheduleError(
        f"The schedule '{stored.name}' has an open run, {', '.join(runs)}, and {why}. Wait until the run has ended, or "
        f"give --overlap: {after}, allow-all (at once), or cancel-other (stops the open run first)."
    )
