from sagemaker_standin import texts
from sagemaker_standin.arns import Account
from sagemaker_standin.model import service_of


class AwsError(Exception):
    """A refusal as AWS words it on the wire.

    Attributes:
        code: the `__type` of the reply, e.g. `ValidationException`.
        message: the text that botocore puts into `ClientError`.
        http_status: 400 for everything that the caller caused ("AWS JSON 1.1 protocol").
    """

    def __init__(self, code: str, message: str, http_status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.http_status = http_status


def validation_error(message: str) -> AwsError:
    """AWS's answer to input that it understood and refuses."""
    return AwsError("ValidationException", message)


def not_found(message: str) -> AwsError:
    """SageMaker's own spelling, without `Exception` (botocore 1.44.5 service model)."""
    return AwsError("ResourceNotFound", message)


def access_denied(account: Account, operation: str, resource: str) -> AwsError:
    """The caller lacks the permission for the operation on the resource, an ARN."""
    user = f"arn:{account.partition}:sts::{account.account_id}:assumed-role/worker/session"
    text = texts.NOT_AUTHORIZED.format(user=user, service=service_of(operation), operation=operation, resource=resource)
    return AwsError("AccessDeniedException", text)
