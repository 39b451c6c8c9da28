"""The commands that a workflow gave, in their order: what a history shows of its code, to be read in a diff."""

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory


def fingerprint(history: WorkflowHistory) -> str:
    """Tell the commands, one a line, without anything that differs from one recording to the next."""
    return "".join(f"{command}\n" for event in history.events if (command := _command(event)))


def _command(event: HistoryEvent) -> str | None:  # noqa: PLR0911 — one table, one row a command
    """Tell the command that an event came from; None if it came from none."""
    match EventType.Name(event.event_type).removeprefix("EVENT_TYPE_"):
        case "ACTIVITY_TASK_SCHEDULED":
            scheduled = event.activity_task_scheduled_event_attributes
            return f"schedule {scheduled.activity_type.name} on {scheduled.task_queue.name}"
        case "TIMER_STARTED":
            return f"start timer, {event.timer_started_event_attributes.start_to_fire_timeout.ToSeconds()} s"
        case "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES":
            upserted = event.upsert_workflow_search_attributes_event_attributes.search_attributes
            return f"upsert {', '.join(sorted(upserted.indexed_fields))}"
        case "WORKFLOW_EXECUTION_FAILED":
            failure = event.workflow_execution_failed_event_attributes.failure
            return f"fail as {failure.application_failure_info.type}"
        case "MARKER_RECORDED":
            return f"mark {event.marker_recorded_event_attributes.marker_name}"
        case (
            "ACTIVITY_TASK_CANCEL_REQUESTED"
            | "TIMER_CANCELED"
            | "WORKFLOW_PROPERTIES_MODIFIED"
            | "WORKFLOW_EXECUTION_UPDATE_ACCEPTED"
            | "WORKFLOW_EXECUTION_UPDATE_COMPLETED"
            | "WORKFLOW_EXECUTION_COMPLETED"
            | "WORKFLOW_EXECUTION_CANCELED"
            | "WORKFLOW_EXECUTION_CONTINUED_AS_NEW"
        ) as name:
            return name.removeprefix("WORKFLOW_EXECUTION_").lower().replace("_", " ")
        case _:
            return None
