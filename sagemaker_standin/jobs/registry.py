from collections.abc import Iterable, Iterator

from sagemaker_standin.jobs.job import Job
from sagemaker_standin.jobs.table import KINDS


class JobRegistry:
    """All jobs: by name as clients find them, and every job that ever existed."""

    def __init__(self) -> None:
        self._ever: list[Job] = []
        self._added: list[Job] = []
        self._present: dict[str, dict[str, Job]] = {resource: {} for resource in KINDS}
        self._spellings: dict[tuple[str, str], Job] = {}

    def add(self, job: Job) -> None:
        """Let the job be found, and the jobs that it makes once they exist."""
        self._ever.append(job)
        self._added.append(job)
        self._present[job.resource][KINDS[job.resource].key(job.name)] = job
        self._spellings[job.resource, job.name.lower()] = job
        for child in job.children:
            self.add(child)

    def take_added(self) -> list[Job]:
        """The jobs that were added since this was last asked, also those that begin later."""
        added, self._added = self._added, []
        return added

    def halt(self, job: Job, now: float) -> None:
        """Let the job be Stopping, until its step says that it has ended."""
        self._erase(job.halt(now))

    def stop(self, job: Job, now: float) -> None:
        """Stop the job."""
        self._erase(job.stop(now))

    def forget(self, job: Job) -> None:
        """Let the job be found no longer; its name is free."""
        self._present[job.resource].pop(KINDS[job.resource].key(job.name), None)
        if self._spellings.get((job.resource, job.name.lower())) is job:
            del self._spellings[job.resource, job.name.lower()]

    def under(self, resource: str, name: str) -> Job | None:
        """The job that the name belongs to."""
        return self._present[resource].get(KINDS[resource].key(name))

    def find(self, resource: str, name: str) -> Job | None:
        """The job of that name, if need be in another spelling: ARNs carry it in lower case (seen in AWS traces)."""
        return self.under(resource, name) or self._spellings.get((resource, name.lower()))

    def of_kind(self, resource: str) -> Iterator[Job]:
        """The jobs of one kind that can be found."""
        return iter(self._present[resource].values())

    def ever(self) -> Iterator[Job]:
        """Every job, also deleted ones, oldest first."""
        return iter(self._ever)

    def _erase(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self.forget(job)
            self._ever.remove(job)
