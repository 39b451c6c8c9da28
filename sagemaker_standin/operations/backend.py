from collections.abc import Callable
from dataclasses import dataclass

from sagemaker_standin.engine import Engine
from sagemaker_standin.errors import not_found
from sagemaker_standin.state import Execution, JsonObject, Pipeline, World
from sagemaker_standin.texts import DOES_NOT_EXIST


@dataclass
class Backend:
    """What the operations work on; `max_concurrent` bounds the open executions of the account (None: no bound)."""

    world: World
    engine: Engine
    max_concurrent: int | None = None


@dataclass(frozen=True)
class Call:
    """One request in time.

    Attributes:
        request: the input, already validated against the service model.
        now: simulated seconds.
        real: epoch seconds.
        fresh_id: an execution id, should the call need one.
    """

    request: JsonObject
    now: float
    real: float
    fresh_id: str


Handler = Callable[[Backend, Call], JsonObject]


def find_pipeline(world: World, name_or_arn: str) -> Pipeline:
    """The pipeline of that name or ARN.

    Raises:
        AwsError: `ResourceNotFound`, also for an ARN of another account or region.
    """
    is_arn = name_or_arn.startswith("arn:")
    pipeline = world.pipelines.get(name_or_arn.rpartition("/")[2].lower() if is_arn else name_or_arn.lower())
    if pipeline is None or (is_arn and pipeline.arn != name_or_arn.lower()):
        arn = name_or_arn if is_arn else world.account.pipeline(name_or_arn)
        raise not_found(DOES_NOT_EXIST.format(kind="Pipeline", name=arn))
    return pipeline


def find_execution(world: World, arn: str, real: float) -> Execution:
    """The execution of that ARN in either spelling, unless it is hidden at the epoch second `real`.

    Raises:
        AwsError: `ResourceNotFound`.
    """
    execution = world.executions.get(arn.rpartition("/")[2])
    if execution is None or execution.arn != arn.lower() or execution.hidden_until > real:
        raise not_found(DOES_NOT_EXIST.format(kind="Pipeline execution", name=arn))
    return execution
