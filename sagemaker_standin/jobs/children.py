"""The training jobs of a tuning job: how many, when, and how they go."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sagemaker_standin import texts
from sagemaker_standin.arns import Account, derived_token
from sagemaker_standin.jobs.courses import JobScript, chosen, course_of, end_of
from sagemaker_standin.jobs.job import End, Job, JobStatus, JsonObject
from sagemaker_standin.jobs.limits import limited
from sagemaker_standin.jobs.settings import Settings
from sagemaker_standin.jobs.table import KINDS

TUNING: Final = "hyper-parameter-tuning-job"
_TRAINING: Final = KINDS["training-job"]
# The name of a training job ends with -001-xxxxxxxx and has at most 63 characters (botocore 1.44.5 service model).
_LONGEST_PREFIX: Final = 50


@dataclass(frozen=True)
class _Limits:
    jobs: int
    parallel: int

    @property
    def rounds(self) -> int:
        return -(-self.jobs // self.parallel)


def with_children(tuning: Job, end: End, failure: str, scripts: Iterable[JobScript], account: Account) -> End:
    """Give the tuning job its training jobs; they begin one after another, as many at once as its limits allow.

    Args:
        tuning: the job, which runs from its creation on.
        end: the end that is planned for it.
        failure: the reason with which the training jobs fail that no script is for; empty for none.
        scripts: of jobs of all kinds; the name of a training job begins with that of its tuning job.
        account: whose jobs they are.

    Returns:
        The end of the tuning job: not before its last training job, and a failure if none of them completes.
    """
    limits = _limits(tuning.request)
    if limits is None:
        return end
    settings = Settings(seconds=(end.at - tuning.created_at) / limits.rounds, failure=failure)
    source = _Source(tuning, settings, scripts, account)
    slots = [tuning.created_at] * limits.parallel
    ends: list[End] = []
    for number, values in enumerate(_tuned(tuning.request, limits.jobs), start=1):
        child, ended = source.child(number, values, heapq.heappop(slots))
        heapq.heappush(slots, ended.at)
        tuning.children.append(child)
        ends.append(ended)
    last = max(ended.at for ended in ends)
    if all(ended.status is JobStatus.FAILED for ended in ends):
        return End(last, JobStatus.FAILED, texts.ALL_CHILDREN_FAILED)
    return replace(end, at=max(end.at, last))


@dataclass(frozen=True)
class _Source:
    """What the training jobs of one tuning job have in common; `settings` are for those that no script is for."""

    tuning: Job
    settings: Settings
    scripts: Iterable[JobScript]
    account: Account

    def child(self, number: int, values: Mapping[str, str], begins_at: float) -> tuple[Job, End]:
        """The training job of that number, and its end."""
        token = derived_token(self.tuning.name, self.tuning.created_at, number)[:8].lower()
        name = f"{self.tuning.name[:_LONGEST_PREFIX]}-{number:03}-{token}"
        request = _request(self.tuning.request.get("TrainingJobDefinition") or {}, values)
        script = chosen(self.scripts, _TRAINING.resource, name)
        course = course_of(_TRAINING, self.settings, script or JobScript(_TRAINING.resource, ""))
        planned = end_of(course, self.settings, script, begins_at)
        end = limited(planned, _TRAINING, request, course, begins_at)
        child = Job(
            resource=_TRAINING.resource,
            name=name,
            arn=self.account.resource(_TRAINING.resource, name.lower()),
            request=request,
            created_at=begins_at,
            course=course,
            end=end,
            tags=dict(self.tuning.tags),
            parent=self.tuning,
            creates_accepted=1,
        )
        return child, end


def _request(definition: Mapping[str, Any], values: Mapping[str, str]) -> JsonObject:
    own = {member: value for member, value in definition.items() if member != "StaticHyperParameters"}
    return {**own, "HyperParameters": {**definition.get("StaticHyperParameters", {}), **values}}


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


def _tuned(request: Mapping[str, Any], jobs: int) -> Iterator[dict[str, str]]:
    """The values that each training job tries: the ranges, evenly."""
    ranges = request["HyperParameterTuningJobConfig"].get("ParameterRanges") or {}
    for number in range(jobs):
        share = number / max(1, jobs - 1)
        values: dict[str, str] = {}
        for found in ranges.get("ContinuousParameterRanges") or ():
            least, most = float(found["MinValue"]), float(found["MaxValue"])
            values[found["Name"]] = f"{least + share * (most - least):.4g}"
        for found in ranges.get("IntegerParameterRanges") or ():
            least, most = float(found["MinValue"]), float(found["MaxValue"])
            values[found["Name"]] = str(round(least + share * (most - least)))
        for found in ranges.get("CategoricalParameterRanges") or ():
            values[found["Name"]] = found["Values"][number % len(found["Values"])]
        yield values
