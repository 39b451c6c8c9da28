from sagemaker_standin import texts
from sagemaker_standin.arns import Account
from sagemaker_standin.model import SQS, service_of


class AwsError(Exception):
    """A refusal as AWS words it on the wire.

    Attributes:
        code: the `__type` of the reply, e.g. `ValidationException`.
        message: the text that botocore puts into `ClientError`.
        http_status: 400 for everything that the caller caused ("AWS JSON 1.1 protocol").
        query_code: the code of the query protocol, where a service that has left it still sends that one; SDKs show it
            in place of `code` (SQS).
    """

    def __init__(self, code: str, message: str, http_status: int = 400, query_code: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.http_status = http_status
        self.query_code = query_code


def validation_error(message: str) -> AwsError:
    """AWS's answer to input that it understood and refuses."""
    return AwsError("ValidationException", message)


def not_found(message: str) -> AwsError:
    """SageMaker's own spelling, without `Exception` (botocore 1.44.5 service model)."""
    return AwsError("ResourceNotFound", message)


def access_denied(account: Account, operation: str, resource: str) -> AwsError:
    """The caller lacks the permission for the operation on the resource, an ARN."""
    user = f"arn:{account.partition}:sts::{account.account_id}:assumed-role/worker/session"
    service = service_of(operation)
    # SQS writes the operation in lower case, and sends the query protocol's code (RaiderIO/keystone.guru#3901).
    named, query_code = (operation.lower(), "AccessDenied") if service == SQS else (operation, "")
    text = texts.NOT_AUTHORIZED.format(user=user, service=service, operation=named, resource=resource)
    return AwsError("AccessDeniedException", text, query_code=query_code)
