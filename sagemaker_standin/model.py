"""Input and output as botocore's own service model describes them: the stand-in knows no shape by heart."""

from functools import cache
from typing import Any, Literal

import botocore.session
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StringShape, StructureShape

JsonObject = dict[str, Any]
AbsentMembers = Literal["omitted", "null", "empty"]


SAGEMAKER = "sagemaker"
LOGS = "logs"
SQS = "sqs"
_SERVICES = (SAGEMAKER, LOGS, SQS)


@cache
def _service_model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


@cache
def service_of(operation: str) -> str:
    """The service that has the operation, by botocore's name: no two of ours have operations of the same name.

    Raises:
        KeyError: none has it.
    """
    for service in _SERVICES:
        if operation in _service_model(service).operation_names:
            return service
    raise KeyError(operation)


def json_version(operation: str) -> str:
    """The version of AWS's JSON protocol that the service of an operation speaks."""
    return str(_service_model(service_of(operation)).metadata["jsonVersion"])


def has_operation(operation: str) -> bool:
    """Whether SageMaker has an operation of that name."""
    return operation in _service_model(SAGEMAKER).operation_names


@cache
def operation_model(operation: str) -> OperationModel:
    """The model of one operation.

    Raises:
        KeyError: no service here has such an operation.
    """
    return _service_model(service_of(operation)).operation_model(operation)


def list_member(operation: str) -> str:
    """The member of a List operation's reply that holds the items.

    Raises:
        KeyError: the reply has no such member.
    """
    shape = operation_model(operation).output_shape
    for name, member in shape.members.items() if shape is not None else ():
        if isinstance(member, ListShape):
            return str(name)
    raise KeyError(operation)


@cache
def queue_attributes() -> frozenset[str]:
    """The attributes that SQS's queues have, and `All`."""
    shape = _service_model(SQS).shape_for("QueueAttributeName")
    return frozenset(shape.enum if isinstance(shape, StringShape) else ())


def longest_value(operation: str, member: str) -> int:
    """The most characters of a member of an operation's input."""
    shape = operation_model(operation).input_shape
    return int(shape.members[member].metadata["max"]) if shape is not None else 0


def operation_of(target: str) -> str:
    """The operation in an `X-Amz-Target`, such as `SageMaker.StopPipelineExecution`."""
    return target.rpartition(".")[2]


def shape_output(operation: str, reply: JsonObject, absent: AbsentMembers) -> JsonObject:
    """Reduce the reply to the members of the operation's output shape.

    Args:
        operation: AWS's name of the operation.
        reply: its answer; None stands for a member without a value.
        absent: the form of members without a value (`behaviours.Behaviours`).
    """
    shape = operation_model(operation).output_shape
    shaped: JsonObject = _shaped(shape, reply, absent) if shape is not None else {}
    return shaped


def _shaped(shape: Shape, value: Any, absent: AbsentMembers) -> Any:
    if isinstance(shape, StructureShape):
        return {
            name: _empty(member, absent) if value.get(name) is None else _shaped(member, value[name], absent)
            for name, member in shape.members.items()
            if value.get(name) is not None or absent != "omitted"
        }
    if isinstance(shape, ListShape):
        return [_shaped(shape.member, item, absent) for item in value]
    return value


def _empty(shape: Shape, absent: AbsentMembers) -> Any:
    forms = {"string": "", "structure": {}, "map": {}, "list": []}
    return forms.get(shape.type_name) if absent == "empty" else None
