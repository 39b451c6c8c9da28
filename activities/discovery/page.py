"""One page of a discovery in the making: bounded in bytes, and small enough when packed to outlive a killed worker."""

import base64
import zlib
from dataclasses import dataclass, field
from typing import Final, Self

from pydantic import BaseModel, ValidationError
from temporalio import activity

from contract.discovery import MAX_DOCUMENT_BYTES, Job, PipelineDiscovery, PipelineProblem, ProblemType

ROOM_FOR_THE_REST_BYTES: Final = 8_192
"""Platform, prefix, next_token and braces."""

MAX_PACKED_CHARS: Final = 400_000
"""Heartbeat details are written at each beat, so they must stay small; a full page packs to a sixth or less."""


@dataclass(frozen=True)
class Found:
    """What became of one listed pipeline."""

    name: str
    job: Job | None = None
    """None if the pipeline was deleted after it was listed, or cannot be read."""
    problem: PipelineProblem | None = None


class Progress(BaseModel):
    """Heartbeat details of a discovery, which the Web UI shows on the pending activity; the next attempt goes on."""

    listed: int = 0
    described: int = 0
    last_pipeline: str = ""
    calls_per_second: float | None = None
    """None as long as AWS has not throttled."""
    packed: str = ""


@dataclass
class Page:
    """The jobs and problems so far, in the order of the names."""

    jobs: list[Job] = field(default_factory=list)
    problems: list[PipelineProblem] = field(default_factory=list)
    last_pipeline: str = ""
    """The last pipeline on the page; the page goes on behind it."""
    room: int = MAX_DOCUMENT_BYTES - ROOM_FOR_THE_REST_BYTES
    """Bytes that are left."""

    @classmethod
    def resumed(cls) -> Self:
        """Take up the page that an earlier attempt of this activity left behind, or begin one."""
        page = cls()
        details = activity.info().heartbeat_details
        try:
            progress = Progress.model_validate(details[0] if details else {})
            if progress.packed:
                unpacked = zlib.decompress(base64.b85decode(progress.packed))
                found = PipelineDiscovery.model_validate_json(unpacked)
                page.jobs, page.problems, page.last_pipeline = found.jobs, found.problems, progress.last_pipeline
                page.room -= sum(_bytes(one) for one in (*found.jobs, *found.problems))
        except (ValidationError, ValueError, zlib.error):
            return cls()
        return page

    def packed(self) -> str:
        """Pack what was found so far; an empty string if that is still too much."""
        found = PipelineDiscovery(platform="", jobs=self.jobs, problems=self.problems).model_dump_json()
        packed = base64.b85encode(zlib.compress(found.encode(), level=1)).decode()
        return packed if len(packed) <= MAX_PACKED_CHARS else ""

    def take(self, found: Found) -> bool:
        """Take one pipeline in; false if there is no room left for it.

        A job that is too large for any page comes without its parameters, and a problem says so.
        """
        size = size_of(found)
        if size > self.room and self.jobs:
            return False
        if size > self.room and found.job is not None:
            found = _without_parameters(found.name, found.job)
            size = size_of(found)
        self.room -= size
        self.jobs += [found.job] if found.job else []
        self.problems += [found.problem] if found.problem else []
        self.last_pipeline = found.name
        return True


def size_of(found: Found) -> int:
    """Return the bytes that a pipeline takes on a page.

    Raises:
        ValueError: Something in it cannot be written as JSON.
    """
    return sum(_bytes(one) for one in (found.job, found.problem) if one is not None)


def _bytes(document: BaseModel) -> int:
    return len(document.model_dump_json().encode()) + 1


def _without_parameters(name: str, job: Job) -> Found:
    problem = PipelineProblem(
        external_id=name,
        type=ProblemType.DOCUMENT_TOO_LARGE,
        message=f"Its {len(job.parameters or [])} parameters do not fit into one document",
    )
    return Found(name, job.model_copy(update={"parameters": None}), problem)
