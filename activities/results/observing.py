"""What a watch reports of an execution's steps: the changed ones while it runs, everything once it has ended."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import structlog

from activities.aws.errors import AwsError
from activities.aws.platforms import Platform
from activities.models import Observation, Results, WatchRequest
from activities.results.changes import changed_steps
from activities.results.digests import SeenDigests
from activities.results.documents import progress
from activities.results.noted import noted
from activities.results.outputs import missing_outputs
from activities.results.patience import PatientCalls, ReadingCalls
from activities.results.plans import Plans
from activities.results.reading import Step
from activities.results.results import read_results
from activities.results.settled import read_settled_steps
from contract.pipeline_document import run_status

log = structlog.get_logger(__name__)

LONGEST_READING_SECONDS: Final = 600.0
"""The end of a run is reported so much later at the most; without the steps it has no reason that helps anybody."""

MAX_STEPS_ON_LOOP: Final = 200
"""A step costs about 20 µs; more of them would hold the event loop up for longer than a change of threads takes."""


class StepsObserver:
    """Adds to observations what the steps say."""

    def __init__(self, calls: ReadingCalls) -> None:
        self._calls = calls
        self._plans = Plans(calls)

    async def with_changes(
        self, platform: Platform, request: WatchRequest, observed: Observation, steps: Sequence[Step]
    ) -> Observation:
        """Add the steps that are not as the request says they were seen, and how far the execution is."""
        plan = await self._plans.plan(platform, request.execution_arn, observed.pipeline_version_id)
        selected = None if request.selected_steps is None else frozenset(request.selected_steps)
        end = run_status(observed.sagemaker_status) if observed.has_ended else None

        def news() -> dict[str, Any]:
            digests = SeenDigests.of(request)
            changed = changed_steps(steps, plan, request.seen_steps, digests)
            return {
                "steps": changed,
                "step_digests": digests.news(changed) if digests else {},
                "progress": progress(steps, plan, selected, end=end),
            }

        small = len(steps) <= MAX_STEPS_ON_LOOP
        return observed.model_copy(update=news() if small else await asyncio.to_thread(news))

    async def with_results(self, platform: Platform, request: WatchRequest, observed: Observation) -> Observation:
        """Add all that an execution that has ended left behind.

        The end is known already and must not be lost: what cannot be read (permission, a lasting outage, no turn in
        time, a fault of ours) is noted.
        """
        calls = PatientCalls(self._calls, LONGEST_READING_SECONDS)
        notes: list[str] = []
        with noted(notes, "The steps are"):
            steps = await self._steps(calls, platform, request, observed, notes)
            if steps is not None:
                observed = await self.with_changes(platform, request, observed, steps)
                plan = await self._plans.plan(platform, request.execution_arn, observed.pipeline_version_id)
                results = await read_results(calls, platform, steps, plan, request.outputs)
                return observed.model_copy(update={"results": results})
        unknown = missing_outputs(request.outputs, "the steps are not known")
        # Why they are not known is said once for all outputs.
        missing = [f"{' '.join(unknown.missing)} {' '.join(notes)}".strip()] if unknown.missing else []
        results = Results(notes=[*notes, *unknown.notes], outputs=unknown.values, missing_outputs=missing)
        return observed.model_copy(update={"results": results})

    async def _steps(
        self,
        calls: PatientCalls,
        platform: Platform,
        request: WatchRequest,
        observed: Observation,
        notes: list[str],
    ) -> list[Step] | None:
        try:
            return await read_settled_steps(calls, platform, request.execution_arn, observed.sagemaker_status)
        except AwsError as error:
            log.warning("pipeline_execution.steps_not_read", execution_arn=request.execution_arn, kind=error.kind)
            notes.append(f"The steps are not known. {error.explanation}")
            return None
