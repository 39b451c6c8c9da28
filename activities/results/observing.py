"""What a watch tells of an execution's steps: the changed ones while it runs, and everything once it has ended."""

from collections.abc import Sequence
from typing import Final

import structlog

from activities.aws.errors import AwsError
from activities.aws.platforms import Platform
from activities.models import Observation, Results, WatchRequest
from activities.results.changes import changed_steps
from activities.results.documents import progress
from activities.results.patience import PatientCalls, ReadingCalls
from activities.results.plans import Plans
from activities.results.reading import Step
from activities.results.results import read_results
from activities.results.settled import read_settled_steps

log = structlog.get_logger(__name__)

LONGEST_READING_SECONDS: Final = 600.0
"""The end of a run is told so much later at the most; without the steps it has no reason that helps anybody."""


class StepsObserver:
    """Adds to observations what the steps tell."""

    def __init__(self, calls: ReadingCalls) -> None:
        self._calls = calls
        self._plans = Plans(calls)

    async def with_changes(
        self, platform: Platform, request: WatchRequest, observed: Observation, steps: Sequence[Step]
    ) -> Observation:
        """Add the steps that are not as the request says they were seen, and how far the execution is."""
        plan = await self._plans.plan(platform, request.execution_arn, observed.pipeline_version_id)
        selected = None if request.selected_steps is None else frozenset(request.selected_steps)
        return observed.model_copy(
            update={
                "steps": changed_steps(steps, plan, request.seen_steps),
                "progress": progress(steps, plan, selected),
            }
        )

    async def with_results(self, platform: Platform, request: WatchRequest, observed: Observation) -> Observation:
        """Add all that an execution that has ended left behind.

        The end is known already and must not be lost: what cannot be read (permission, a lasting outage, no turn in
        time) is noted.
        """
        calls = PatientCalls(self._calls, LONGEST_READING_SECONDS)
        try:
            steps = await read_settled_steps(calls, platform, request.execution_arn, observed.sagemaker_status)
        except AwsError as error:
            log.warning("pipeline_execution.steps_not_read", execution_arn=request.execution_arn, kind=error.kind)
            note = f"The steps are not known. {error.explanation}"
            return observed.model_copy(update={"results": Results(notes=[note])})
        observed = await self.with_changes(platform, request, observed, steps)
        plan = await self._plans.plan(platform, request.execution_arn, observed.pipeline_version_id)
        results = await read_results(calls, platform, steps, plan, request.outputs)
        return observed.model_copy(update={"results": results})
