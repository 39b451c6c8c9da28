"""The job runs of a storm: asked for, partly taken back, and examined at the end."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from contract.job_document import JobRunDocument
from contract.names import DEFAULT_TASK_QUEUE, WorkflowType
from contract.run import Phase
from tests.faults.run import Run
from tests.standin.process import StandinClient
from tests.storm.jobs import NAME_PREFIX, JobOutcome, PlannedJobRun, job_violations
from tests.storm.storm import CALM_SECONDS, ending_of, insist, send_cancel
from worker.cli.run_reading import query

_AGAIN_SECONDS: Final = 0.3


class JobStorm:
    """Asks for the job runs of a storm, takes some of them back, and gathers what became of each."""

    def __init__(self, planned: Sequence[PlannedJobRun], client: Client, standin_url: str) -> None:
        self._client = client
        self._standin = StandinClient(standin_url)
        self.outcomes = [JobOutcome(plan) for plan in planned]

    def prepare(self) -> None:
        """Say how the jobs go."""
        for outcome in self.outcomes:
            self._standin.control("POST", "/jobs/script", outcome.plan.script)

    async def run(self, seconds: float) -> None:
        """Ask for all runs, and wait for their ends.

        Args:
            seconds: Real seconds for which the storm lasts.

        Raises:
            TimeoutError: Some have not ended long after the storm; their outcomes say so.
        """
        beginning = asyncio.get_running_loop().time()
        async with asyncio.timeout(seconds + CALM_SECONDS):
            await asyncio.gather(*(self._follow(outcome, beginning) for outcome in self.outcomes))

    def look_closer(self) -> list[str]:
        """Gather the jobs of each run, once everything is calm; return what is wrong with the whole."""
        jobs = [job for job in self._standin.jobs() if job["parent"] is None and job["name"].startswith(NAME_PREFIX)]
        for outcome in self.outcomes:
            outcome.jobs = [job for job in jobs if job["name"].startswith(f"{outcome.plan.name}-")]
        found = [
            f"{outcome.plan.name} ({outcome.plan.kind}): {violation}"
            for outcome in self.outcomes
            for violation in job_violations(outcome)
        ]
        known = sum(len(outcome.jobs) for outcome in self.outcomes)
        return found if known == len(jobs) else [*found, f"{len(jobs) - known} jobs belong to no run"]

    @property
    def in_words(self) -> str:
        """How many job runs came to what, and what must be true of their jobs."""
        ends = Counter(str(outcome.document.status) if outcome.document else "Open" for outcome in self.outcomes)
        began = sum(len(outcome.begun) for outcome in self.outcomes)
        created = sum(job["creates_accepted"] for outcome in self.outcomes for job in outcome.jobs)
        running = sum(len(outcome.left_running) for outcome in self.outcomes)
        came_to = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
        return (
            f"{len(self.outcomes)} job runs: {came_to}\n"
            f"{began} attempts began, {created} jobs were created, {running} are left running"
        )

    async def _follow(self, outcome: JobOutcome, beginning: float) -> None:
        plan = outcome.plan
        await asyncio.sleep(beginning + plan.at - asyncio.get_running_loop().time())
        await insist(lambda: self._ask_for(plan))
        run = Run(self._client.get_workflow_handle(plan.name, result_type=JobRunDocument), plan.name)
        async with asyncio.TaskGroup() as following:
            for planned in plan.cancels:
                following.create_task(send_cancel(run, planned))
            ending = following.create_task(ending_of(run))
        outcome.ending = ending.result()
        document = outcome.ending.document
        # A workflow that was cancelled natively keeps no document, so that a worker must be asked for it.
        while document is None or document.phase is not Phase.CLOSED:
            await asyncio.sleep(_AGAIN_SECONDS)
            document = await query(run.handle)
        assert isinstance(document, JobRunDocument)
        outcome.document = document

    async def _ask_for(self, plan: PlannedJobRun) -> None:
        try:
            await self._client.start_workflow(
                WorkflowType.JOB_RUN,
                plan.input,
                id=plan.name,
                task_queue=DEFAULT_TASK_QUEUE,
                # Asked for again after a lost answer, it is still the same run.
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
        except WorkflowAlreadyStartedError:
            return
