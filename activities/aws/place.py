"""Where the resources of a platform are, and the ARNs that follow from it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where pipelines and jobs are; `*` stands for what is not known."""

    partition: str
    region: str
    account: str

    def pipeline(self, pattern: str) -> str:
        """Write the ARN of the pipelines of a pattern; one that is an ARN already stays."""
        return pattern if pattern.startswith("arn:") else self.resource("pipeline", pattern)

    def resource(self, arn_type: str, name: str) -> str:
        """Write the ARN of SageMaker's resources of a type, such as `training-job`, and a name or pattern."""
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:{arn_type}/{name}"

    @property
    def step_results(self) -> str:
        """The ARN of all that steps make."""
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:*/*"

    @property
    def log_groups(self) -> str:
        """The ARN of the log groups that SageMaker's jobs write to (seen in AWS traces)."""
        return self.log_group("/aws/sagemaker/*")

    def queue(self, name: str, *, region: str | None = None, account: str | None = None) -> str:
        """Write the ARN of an SQS queue, which may be in another region or account."""
        return f"arn:{self.partition}:sqs:{region or self.region}:{account or self.account}:{name}"

    def log_group(self, name: str) -> str:
        """Write the ARN of log groups."""
        return f"arn:{self.partition}:logs:{self.region}:{self.account}:log-group:{name}"


def in_both_spellings(pattern: str) -> tuple[str, str]:
    """Write a pattern of names, or an ARN that ends in one, as it is and with the name in lower case.

    AWS writes a resource's name in lower case in ARNs (seen in AWS traces), and IAM compares ARNs with regard to case.
    Which spelling it compares with is not published, so a name with capitals stands in both.
    """
    head, slash, name = pattern.rpartition("/")
    return pattern, f"{head}{slash}{name.lower()}"
