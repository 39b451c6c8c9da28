"""Reading the input of the run that an activity belongs to, from the first event of the run's history.

The request of a job may hold secrets in clear and a megabyte of text. It stands in that event, and is not copied into
the inputs of activities.
"""

import asyncio
import json
from typing import Any

from temporalio import activity
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest

from contract.handed_on import read_handed_on
from contract.job_run import JobRunInput
from contract.scheduled_input import rendered
from contract.task_state import read_task_state
from contract.templates import ScheduledStart


async def read_job_input(start: ScheduledStart) -> JobRunInput:
    """Read the input of this job run, which its workflow has accepted.

    Args:
        start: What templates in it stand for, as the workflow knows it.

    Raises:
        Exception: The server does not answer, or this worker cannot decode the input.
    """
    # In a thread: the input may have a megabyte.
    return await asyncio.to_thread(run_input_of, await _first_argument(), start)


def run_input_of(given: Any, start: ScheduledStart) -> JobRunInput:
    """Return the input of a job run whose argument this is.

    Raises:
        ValueError: It cannot be read by this version.
    """
    if (carried := read_handed_on(given)) is not None:
        return JobRunInput.read_handed_on(json.loads(carried.state)["run_input"])
    state = read_task_state(given)
    return JobRunInput.model_validate(rendered(given if state is None else state.fields, JobRunInput, start))


async def _first_argument() -> Any:
    info, client = activity.info(), activity.client()
    answer = await client.workflow_service.get_workflow_execution_history(
        GetWorkflowExecutionHistoryRequest(
            namespace=client.namespace,
            execution=WorkflowExecution(workflow_id=info.workflow_id or "", run_id=info.workflow_run_id or ""),
            maximum_page_size=1,
        )
    )
    started = answer.history.events[0].workflow_execution_started_event_attributes
    arguments = await client.data_converter.decode(started.input.payloads)
    return arguments[0]
