"""Input and output as botocore's own service model describes them: the stand-in knows no shape by heart."""

from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape

JsonObject = dict[str, Any]


SAGEMAKER = "sagemaker"
LOGS = "logs"
_SERVICES = (SAGEMAKER, LOGS)


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


@cache
def operation_model(operation: str) -> OperationModel:
    """The model of one operation.

    Raises:
        KeyError: no service here has such an operation.
    """
    return _service_model(service_of(operation)).operation_model(operation)


def operation_of(target: str) -> str:
    """The operation in an `X-Amz-Target`, such as `SageMaker.StopPipelineExecution`."""
    return target.rpartition(".")[2]


def shape_output(operation: str, reply: JsonObject) -> JsonObject:
    """The reply with only those members that the operation's output shape knows, and without empty (None) ones."""
    shape = operation_model(operation).output_shape
    shaped: JsonObject = _shaped(shape, reply) if shape is not None else {}
    return shaped


def _shaped(shape: Shape, value: Any) -> Any:
    if isinstance(shape, StructureShape):
        return {
            name: _shaped(member, value[name]) for name, member in shape.members.items() if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        return [_shaped(shape.member, item) for item in value]
    return value
