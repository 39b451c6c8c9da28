"""Which start of which schedule a run is."""

from temporalio import workflow

from contract.names import SCHEDULE_ATTRIBUTE, SCHEDULED_TIME_ATTRIBUTE
from contract.templates import ScheduledStart


def scheduled_start() -> ScheduledStart:
    """Return what the server noted when a schedule started the run; it survives resets and continue-as-new."""
    attributes = workflow.info().typed_search_attributes
    return ScheduledStart(
        time=attributes.get(SCHEDULED_TIME_ATTRIBUTE),
        schedule=attributes.get(SCHEDULE_ATTRIBUTE),
    )
