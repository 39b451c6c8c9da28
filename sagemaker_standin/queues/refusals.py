"""What SQS refuses, in AWS's words.

The codes are those of the query protocol, which the JSON protocol sends in `x-amzn-query-error` and SDKs show ("AWS
JSON 1.0 protocol", Smithy; botocore's tests/functional/test_sqs.py has a sample). The wording follows moto 5.2.5.
"""

from typing import Final

from sagemaker_standin.errors import AwsError

_NAMESPACE: Final = "com.amazonaws.sqs#"


def no_queue() -> AwsError:
    """There is no queue of that URL or name."""
    return _refusal("QueueDoesNotExist", "The specified queue does not exist.", "NonExistentQueue")


def queue_exists(name: str) -> AwsError:
    """CreateQueue with other attributes than those of the queue."""
    text = f"A queue already exists with the same name and a different value for one or more attributes: {name}"
    return AwsError(_NAMESPACE + "QueueNameExists", text, query_code="QueueAlreadyExists")


def invalid_handle() -> AwsError:
    """A receipt handle that no receive returned."""
    return AwsError(_NAMESPACE + "ReceiptHandleIsInvalid", "The input receipt handle is invalid.")


def not_in_flight(handle: str) -> AwsError:
    """A message that its consumer has no longer."""
    text = f"Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available "
    return _refusal("MessageNotInflight", text + "for visibility timeout change.", "MessageNotInflight")


def missing(member: str) -> AwsError:
    """A required member is not there."""
    return AwsError(_NAMESPACE + "MissingParameter", f"The request must contain the parameter {member}.")


def out_of_range(member: str, value: int, least: int, most: int) -> AwsError:
    """A number beyond its bounds."""
    text = f"Value {value} for parameter {member} is invalid. Reason: Must be between {least} and {most}, if provided."
    return AwsError(_NAMESPACE + "InvalidParameterValue", text)


def unknown_attribute(name: str) -> AwsError:
    """An attribute that queues do not have."""
    return AwsError(_NAMESPACE + "InvalidAttributeName", f"Unknown Attribute {name}.")


def empty_batch(entry: str) -> AwsError:
    """A batch without entries."""
    text = f"There should be at least one {entry} in the request."
    return _refusal("EmptyBatchRequest", text, "EmptyBatchRequest")


def long_batch(count: int, most: int) -> AwsError:
    """A batch of too many entries."""
    text = f"Maximum number of entries per request are {most}. You have sent {count}."
    return _refusal("TooManyEntriesInBatchRequest", text, "TooManyEntriesInBatchRequest")


def ids_not_distinct(entry_id: str) -> AwsError:
    """Two entries of a batch under one id."""
    return _refusal("BatchEntryIdsNotDistinct", f"Id {entry_id} repeated.", "BatchEntryIdsNotDistinct")


def _refusal(code: str, message: str, query_code: str) -> AwsError:
    return AwsError(_NAMESPACE + code, message, query_code=f"AWS.SimpleQueueService.{query_code}")
