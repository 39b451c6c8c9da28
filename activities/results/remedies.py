"""What to do about a failed step, where its texts say so.

Nothing is decided by these texts, for AWS changes them; where none matches, there is no remedy.
"""

import re
from collections.abc import Sequence
from typing import Final

from activities.aws.remedies import permission_remedy
from contract.job_kinds import OUT_OF_TIME

_REMEDIES: Final = (
    (
        # "Could not assume role …. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to
        # assume the role" (awslabs/predictive-maintenance-using-machine-learning#3); "SageMaker was unable to assume
        # the role" (aws/sagemaker-python-sdk#35); "SageMaker is unable to perform: sts:AssumeRole on the role"
        # (astronomer/docs#1695).
        (
            r"[Cc]ould not assume role|unable to assume the role|unable to perform: sts:AssumeRole"
            r"|sts:AssumeRole. for the service principal"
        ),
        "Correct the role's ARN, or let its trust policy allow sts:AssumeRole to sagemaker.amazonaws.com.",
    ),
    (
        # "The requested resource training-job/ml.p2.xlarge is not available in this region", with the code of a quota
        # (aws/amazon-sagemaker-examples#1001); "Unsupported instance type …" (aws/amazon-sagemaker-examples#3494).
        r"requested resource \S{1,100} is not available in this region|Unsupported instance type",
        "SageMaker does not offer this instance type in the region: use another type, or another region.",
    ),
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
        # "ModuleNotFoundError: No module named 'x'", Python's own words.
        r"ModuleNotFoundError|ImportError: No module named",
        "Add the missing module to the requirements.txt beside the step's script, or to its image.",
    ),
    (
        # "The role '…' does not have BatchGetImage permission for the image" (aws/sagemaker-python-sdk#2002).
        r"does not have \w{0,40} ?permission for the image|ecr:(?:BatchGetImage|GetDownloadUrlForLayer)",
        (
            "Let the execution role pull the image: ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and "
            "ecr:GetAuthorizationToken; an image of another account needs a repository policy as well."
        ),
    ),
    (
        r"CannotPullContainer|image .{0,200}(not found|does not exist|cannot be pulled)|repository .{0,200}not found",
        "Check the step's image: its name, tag and region, and that the execution role may read it from ECR.",
    ),
    (
        # "Access denied to OutputDataConfig S3 bucket", "Unauthorized to List objects under S3 URL" (matched by
        # hashicorp/terraform-provider-aws); "Data download failed:… (AccessDenied: Access Denied)"
        # (aws/amazon-sagemaker-examples#4384); "(403) when calling the HeadObject operation: Forbidden"
        # (aws/amazon-sagemaker-examples#1931).
        (
            r"[Aa]ccess denied to \w{1,40} S3|Unauthorized to List objects under S3|[Ss]3://.{0,300}AccessDenied"
            r"|\((?:403|AccessDenied)\) when calling the (?:Head|Get|Put|List)\w{1,20} operation"
        ),
        (
            "Let the execution role reach the bucket: s3:ListBucket on it, s3:GetObject and s3:PutObject on its "
            "objects, and the key if it is encrypted; the bucket's own policy must not deny it."
        ),
    ),
    (
        r"NoSuchBucket|NoSuchKey|No objects? found|No S3 objects|Data download failed|S3DataSource",
        "Check the step's S3 locations: that they exist, hold data, and that the execution role may read them.",
    ),
    (
        # "Task timed out after 300.01 seconds" is Lambda's own message; a pipeline waits for at most 10 minutes
        # (aws/sagemaker-python-sdk#3236).
        (
            r"[Ll]ambda.{0,200}(?:[Tt]imed out|[Tt]imeout)|(?:[Tt]imed out|[Tt]imeout).{0,200}[Ll]ambda"
            r"|Task timed out after [0-9.]{1,10} seconds"
        ),
        "Raise the Lambda function's timeout or give it less to do: in a pipeline it may take 10 minutes at the most.",
    ),
    (r"InternalServerError|InternalFailure", "The fault is AWS's own: retry the run."),
)
"""Text → remedy; the first that matches stands."""

_TIMED_OUT: Final = "The job ran out of its time: raise MaxRuntimeInSeconds in the step's StoppingCondition."


def remedy(texts: Sequence[str], job_status: str | None) -> str | None:
    """Return what to do about a failed step; None where it is not known.

    Args:
        texts: What AWS and the job said, the most informative first.
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
