"""What to do about a failed step, where its texts tell.

Nothing is decided by these texts, for AWS changes them; where none matches, there is no remedy.
"""

import re
from collections.abc import Sequence
from typing import Final

from activities.aws.remedies import permission_remedy
from activities.resources.table import OUT_OF_TIME

_REMEDIES: Final = (
    (
        r"ResourceLimitExceeded|service limit '",
        "Request a higher quota in AWS Service Quotas, or use another instance type.",
    ),
    (
        # `CapacityError: Unable to provision requested ML compute capacity. …`, seen in AWS traces.
        r"CapacityError|InsufficientInstanceCapacity|Unable to provision requested ML compute capacity",
        "AWS has none of these instances free: retry later, or use another instance type or Availability Zone.",
    ),
    (
        r"out of memory|OutOfMemory|MemoryError|exit code:? ?137\b|ExitCode:? ?137\b",
        "The job ran out of memory: use a larger instance type, or smaller batches.",
    ),
    (
        r"No space left on device|disk (is )?full",
        "The job ran out of disk: raise VolumeSizeInGB of the step's resources.",
    ),
    (
        r"CannotPullContainer|image .{0,200}(not found|does not exist|cannot be pulled)|repository .{0,200}not found",
        "Check the step's image: its name, tag and region, and that the execution role may read it from ECR.",
    ),
    (
        r"NoSuchBucket|NoSuchKey|No objects? found|No S3 objects|Data download failed|S3DataSource",
        "Check the step's S3 locations: that they exist, hold data, and that the execution role may read them.",
    ),
    (
        r"[Ll]ambda.{0,200}(timed out|timeout)",
        "Give the Lambda function less to do: in a pipeline it may take 10 minutes at the most.",
    ),
    (r"InternalServerError|InternalFailure", "The trouble is AWS's own: retry the run."),
)
"""Text → remedy; the first that matches stands."""

_TIMED_OUT: Final = "The job ran out of its time: raise MaxRuntimeInSeconds in the step's StoppingCondition."


def remedy(texts: Sequence[str], job_status: str | None) -> str | None:
    """Tell what to do about a failed step; None where it is not known.

    Args:
        texts: What AWS and the job said, the most telling first.
        job_status: The job's own status.
    """
    if job_status in OUT_OF_TIME:
        return _TIMED_OUT
    for text in texts:
        if (permission := permission_remedy(text)) is not None:
            return permission
    for pattern, known in _REMEDIES:
        if any(re.search(pattern, text) for text in texts):
            return known
    return None
