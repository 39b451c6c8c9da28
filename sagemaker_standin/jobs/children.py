"""The training jobs of a tuning job: how many, when, and how they go."""

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sagemaker_standin import texts
from sagemaker_standin.arns import derived_token
from sagemaker_standin.jobs.courses import JobScript, chosen, course_of, end_of
from sagemaker_standin.jobs.job import End, Job, JobStatus, JsonObject
from sagemaker_standin.jobs.limits import limited
from sagemaker_standin.jobs.settings import Settings
from sagemaker_standin.jobs.table import KINDS
from sagemaker_standin.jobs.tuning import definitions_of

TUNING: Final = "hyper-parameter-tuning-job"
_TRAINING: Final = KINDS["training-job"]
# The name of a training job ends with -001-xxxxxxxx and has at most 63 characters (botocore 1.44.5 service model).
_LONGEST_PREFIX: Final = 50


JobArn = Callable[[str, str], str]


@dataclass(frozen=True)
class _Limits:
    jobs: int
    parallel: int

    @property
    def rounds(self) -> int:
        return -(-self.jobs // self.parallel)


def with_children(tuning: Job, end: End, failure: str, scripts: Iterable[JobScript], job_arn: JobArn) -> End:
    """Give the tuning job its training jobs; they begin one after another, as many at once as its limits allow.

    Args:
        tuning: the job, which runs from its creation on.
        end: the end that is planned for it.
        failure: the reason with which the training jobs fail that no script is for; empty for none.
        scripts: of jobs of all kinds; the name of a training job begins with that of its tuning job.
        job_arn: the ARN of a job, from the resource part and its name.

    Returns:
        The end of the tuning job: not before its last training job, and a failure if none of them completes.
    """
    limits = _limits(tuning.request)
    if limits is None:
        return end
    settings = Settings(seconds=(end.at - tuning.created_at) / limits.rounds, failure=failure)
    source = _Source(tuning, settings, scripts, job_arn)
    slots = [tuning.created_at] * limits.parallel
    ends: list[End] = []
    for number in range(1, limits.jobs + 1):
        child, ended = source.child(number, (number - 1) / limits.jobs, heapq.heappop(slots))
        heapq.heappush(slots, ended.at)
        tuning.children.append(child)
        ends.append(ended)
    last = max(ended.at for ended in ends)
    if all(ended.status is JobStatus.FAILED for ended in ends):
        return End(last, JobStatus.FAILED, texts.ALL_CHILDREN_FAILED)
    return replace(end, at=max(end.at, last))


@dataclass(frozen=True)
class _Source:
    """What the training jobs of one tuning job have in common; `settings` are for jobs without a script."""

    tuning: Job
    settings: Settings
    scripts: Iterable[JobScript]
    job_arn: JobArn

    def child(self, number: int, share: float, begins_at: float) -> tuple[Job, End]:
        """The training job of that number, and its end; it tries the values at that share of each range."""
        token = derived_token(self.tuning.name, self.tuning.created_at, number)[:8].lower()
        name = f"{self.tuning.name[:_LONGEST_PREFIX]}-{number:03}-{token}"
        definitions = definitions_of(self.tuning.request)
        request = _request(self.tuning.request, definitions[number % len(definitions)], share)
        script = chosen(self.scripts, _TRAINING.resource, name)
        course = course_of(_TRAINING, self.settings, script or JobScript(_TRAINING.resource, ""))
        planned = end_of(course, self.settings, script, begins_at)
        end = limited(planned, _TRAINING, request, course, begins_at)
        child = Job(
            resource=_TRAINING.resource,
            name=name,
            arn=self.job_arn(_TRAINING.resource, name),
            request=request,
            created_at=begins_at,
            course=course,
            end=end,
            tags=dict(self.tuning.tags),
            parent=self.tuning,
            creates_accepted=1,
        )
        return child, end


def _request(tuning: Mapping[str, Any], definition: Mapping[str, Any], share: float) -> JsonObject:
    config = tuning.get("HyperParameterTuningJobConfig") or {}
    ranges = definition.get("HyperParameterRanges") or config.get("ParameterRanges") or {}
    values = {**definition.get("StaticHyperParameters", {}), **_tuned(ranges, share)}
    return {**definition, "HyperParameters": values}


def _limits(request: Mapping[str, Any]) -> _Limits | None:
    """The limits of a request, or of a step's arguments, which nothing has validated."""
    config = request.get("HyperParameterTuningJobConfig")
    limits = config.get("ResourceLimits") if isinstance(config, dict) else None
    if not isinstance(limits, dict):
        return None
    try:
        jobs, parallel = int(limits["MaxNumberOfTrainingJobs"]), int(limits["MaxParallelTrainingJobs"])
    except (KeyError, TypeError, ValueError):
        return None
    return _Limits(jobs, min(jobs, parallel)) if jobs > 0 and parallel > 0 else None


def _tuned(ranges: Mapping[str, Any], share: float) -> dict[str, str]:
    """The values at a share of each range, from 0 to 1."""
    values: dict[str, str] = {}
    for found in ranges.get("ContinuousParameterRanges") or ():
        least, most = float(found["MinValue"]), float(found["MaxValue"])
        values[found["Name"]] = f"{least + share * (most - least):.4g}"
    for found in ranges.get("IntegerParameterRanges") or ():
        least, most = float(found["MinValue"]), float(found["MaxValue"])
        values[found["Name"]] = str(round(least + share * (most - least)))
    for found in ranges.get("CategoricalParameterRanges") or ():
        values[found["Name"]] = found["Values"][int(share * len(found["Values"]))]
    return values
