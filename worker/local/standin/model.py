"""Input and output as botocore's own service model describes them: the stand-in knows no shape by heart."""

from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape

JsonObject = dict[str, Any]


@cache
def _service_model() -> ServiceModel:
    return botocore.session.get_session().get_service_model("sagemaker")


@cache
def operation_model(operation: str) -> OperationModel:
    """The model of one operation.

    Raises:
        botocore.model.OperationNotFoundError: SageMaker has no such operation.
    """
    return _service_model().operation_model(operation)


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
