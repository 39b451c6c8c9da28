import hashlib
import secrets
import string
from dataclasses import dataclass

_ALPHANUMERICS = string.ascii_letters + string.digits
_LOWER_ALPHANUMERICS = string.ascii_lowercase + string.digits
_LONG_NAME = 63


@dataclass(frozen=True)
class Account:
    """Whose pipelines these are; every ARN is built here."""

    region: str
    account_id: str

    @property
    def partition(self) -> str:
        """The partition that the region belongs to (botocore's partitions.json)."""
        prefixes = {
            "cn-": "aws-cn",
            "us-gov-": "aws-us-gov",
            "eusc-": "aws-eusc",
            "us-iso-": "aws-iso",
            "us-isob-": "aws-iso-b",
        }
        return next((partition for prefix, partition in prefixes.items() if self.region.startswith(prefix)), "aws")

    def resource(self, kind: str, name: str) -> str:
        """A SageMaker ARN, e.g. `arn:aws:sagemaker:us-east-1:111122223333:training-job/NAME`."""
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.account_id}:{kind}/{name}"

    def pipeline(self, name: str) -> str:
        """AWS lower-cases the name inside ARNs (seen in AWS traces)."""
        return self.resource("pipeline", name.lower())

    def queue(self, name: str) -> str:
        """The ARN of a queue."""
        return f"arn:{self.partition}:sqs:{self.region}:{self.account_id}:{name}"

    def execution(self, pipeline_name: str, execution_id: str) -> str:
        """The ARN of one execution of a pipeline."""
        return f"{self.pipeline(pipeline_name)}/execution/{execution_id}"


def new_execution_id() -> str:
    """12 lower-case alphanumerics (seen in AWS traces)."""
    return "".join(secrets.choice(_LOWER_ALPHANUMERICS) for _ in range(12))


def derived_token(*parts: object) -> str:
    """10 alphanumerics that depend on nothing but `parts`, so that a replayed journal gives the same names again."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return "".join(_ALPHANUMERICS[byte % len(_ALPHANUMERICS)] for byte in digest[:10])


def job_name(execution_id: str, step_name: str, attempt: int, longest: int) -> str:
    """`pipelines-{execution id}-{step}-{random}`, the step's name cut to fit (seen in AWS traces).

    Args:
        execution_id: of the execution that the step belongs to.
        step_name: the step's.
        attempt: of the step.
        longest: what the kind of job allows; where it is too short for a step's name, the first word is left out.
    """
    prefix, suffix = f"{execution_id}-", f"-{derived_token(execution_id, step_name, attempt)}"
    if longest >= _LONG_NAME:
        prefix = f"pipelines-{prefix}"
    room = longest - len(prefix) - len(suffix)
    return prefix + step_name.replace("_", "-")[:room].strip("-") + suffix
