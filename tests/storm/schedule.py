"""Everything that a storm does, as a pure function of its seed."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tests.storm.pipelines import PIPELINES

WORKERS: Final = 2


class Way(StrEnum):
    """How a run is cancelled."""

    SIGNAL = "by signal"
    NATIVE = "natively"


class Target(StrEnum):
    """What a blow hits."""

    WORKER_KILLED = "worker killed"
    WORKER_TERMINATED = "worker terminated"
    TEMPORAL_KILLED = "Temporal server killed"
    SAGEMAKER_KILLED = "SageMaker endpoint killed"
    SAGEMAKER_FAULT = "SageMaker fault"


@dataclass(frozen=True)
class Cancel:
    """A cancel, in real seconds after its run was asked for."""

    after: float
    way: Way


@dataclass(frozen=True)
class PlannedRun:
    """A run that is asked for.

    Attributes:
        at: real seconds after the storm's beginning.
        seconds: simulated, of each of the pipeline's jobs.
        fails: whether its last job fails.
        timeout: the run's own, in real seconds.
    """

    number: int
    at: float
    pipeline: str
    seconds: int
    fails: bool
    timeout: float | None
    cancels: tuple[Cancel, ...]

    @property
    def asked_for(self) -> str:
        """In a few words, what was wanted of the run."""
        if self.cancels:
            return f"cancelled {' and '.join(sorted({cancel.way for cancel in self.cancels}, reverse=True))}"
        if self.timeout is not None:
            return "with a timeout"
        return "fails" if self.fails else "succeeds"


@dataclass(frozen=True)
class Blow:
    """Something that breaks at `at` and is mended after `lasts`, in real seconds.

    Attributes:
        worker: which of the workers it hits.
        fault: of the stand-in (`sagemaker_standin.faults.Fault`).
    """

    at: float
    lasts: float
    target: Target
    worker: int = 0
    fault: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        """Say what breaks."""
        match self.target:
            case Target.WORKER_KILLED | Target.WORKER_TERMINATED:
                return f"{self.target} ({self.worker})"
            case Target.SAGEMAKER_FAULT:
                return ", ".join(f"{name} {value}" for name, value in (self.fault or {}).items())
            case target:
                return str(target)


@dataclass(frozen=True)
class Schedule:
    """A storm: what is asked for, and what breaks meanwhile."""

    seed: int
    seconds: float
    runs: tuple[PlannedRun, ...]
    blows: tuple[Blow, ...]


def schedule(seed: int, runs: int, seconds: float) -> Schedule:
    """Plan a storm.

    Args:
        seed: The same seed gives the same storm.
        runs: How many are asked for, spread over the storm.
        seconds: Real seconds after which nothing breaks any more.
    """
    chance = random.Random(seed)  # noqa: S311 — repeatable chance, no secret
    planned = [_run(chance, number, seconds) for number in range(runs)]
    return Schedule(
        seed,
        seconds,
        tuple(sorted(planned, key=lambda run: run.at)),
        tuple(sorted(_blows(chance, seconds), key=lambda blow: blow.at)),
    )


def _run(chance: random.Random, number: int, seconds: float) -> PlannedRun:
    fate = chance.random()
    cancels = cancels_of(chance) if fate < _CANCELLED_PART else ()
    has_timeout = _CANCELLED_PART <= fate < _CANCELLED_PART + _TIMED_PART
    return PlannedRun(
        number=number,
        at=chance.uniform(0, seconds),
        pipeline=chance.choice(sorted(PIPELINES)),
        seconds=chance.randint(10, 300),
        fails=chance.random() < _FAILING_PART,
        timeout=round(chance.uniform(1, 8), 3) if has_timeout else None,
        cancels=cancels,
    )


def cancels_of(chance: random.Random) -> tuple[Cancel, ...]:
    """Plan the cancels of a run: at once, and so before anything was started, every fifth time; twice every third."""
    after = 0.0 if chance.random() < 0.2 else chance.uniform(0, 15)
    ways = chance.choices(list(Way), k=chance.choice([1, 1, 2]))
    return tuple(Cancel(after + nth * chance.uniform(0, 1), way) for nth, way in enumerate(ways))


_CANCELLED_PART: Final = 0.35
_TIMED_PART: Final = 0.1
_FAILING_PART: Final = 0.25

_WEIGHTS: Final = {
    Target.WORKER_KILLED: 6,
    Target.WORKER_TERMINATED: 3,
    Target.TEMPORAL_KILLED: 1,
    Target.SAGEMAKER_KILLED: 1,
    Target.SAGEMAKER_FAULT: 16,
}

_START, _STOP, _LOOK, _ALL = "StartPipelineExecution", "StopPipelineExecution", "DescribePipelineExecution", "*"

_LOST_STARTS: Final = (_START, {"effect": "reset_after", "probability": 0.9})

# Refusals that fail a run if they last are rare enough here for most starts to outlive them.
_FAULTS: Final[tuple[tuple[str, Mapping[str, Any]], ...]] = (
    (_ALL, {"effect": "throttle", "probability": 0.8}),
    (_ALL, {"effect": "html_5xx", "probability": 0.7}),
    (_ALL, {"effect": "error", "code": "InternalFailure", "http_status": 500, "probability": 0.7}),
    (_ALL, {"effect": "reset_before", "probability": 0.5}),
    (_ALL, {"effect": "reset_after", "probability": 0.5}),
    _LOST_STARTS,
    (_STOP, {"effect": "reset_after", "probability": 0.9}),
    (_ALL, {"effect": "delay_before", "seconds": 0.5, "probability": 0.5}),
    (_START, {"effect": "delay_after", "seconds": 2.0, "probability": 0.8}),
    (_START, {"effect": "hide", "seconds": 2.0}),
    (_START, {"effect": "access_denied", "probability": 0.2}),
    (_STOP, {"effect": "access_denied", "probability": 0.7}),
    (_LOOK, {"effect": "access_denied", "probability": 0.7}),
    (_ALL, {"effect": "expired_credentials", "probability": 0.3}),
    (_START, {"effect": "error", "code": "ConflictException", "probability": 0.4}),
    (_STOP, {"effect": "error", "code": "ConflictException", "probability": 0.7}),
)
_QUOTA: Final = (_START, {"effect": "quota", "limit": 20, "probability": 0.5})


def _blows(chance: random.Random, seconds: float) -> Iterator[Blow]:
    """One of each target, a full quota early on (its wait is a minute), lost starts, and then as many as have time."""
    for target in Target:
        yield _blow(chance, target, chance.uniform(0.1, 0.9) * seconds)
    yield _fault(chance, chance.uniform(0.1, 0.3) * seconds, *_QUOTA)
    yield _fault(chance, chance.uniform(0.3, 0.8) * seconds, *_LOST_STARTS)
    at = 0.0
    while (at := at + chance.uniform(0.5, 5)) < seconds:
        yield _blow(chance, chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0], at)


def _blow(chance: random.Random, target: Target, at: float) -> Blow:
    if target is Target.SAGEMAKER_FAULT:
        return _fault(chance, at, *chance.choice(_FAULTS))
    return Blow(at, chance.uniform(0.5, 4), target, worker=chance.randrange(WORKERS))


def _fault(chance: random.Random, at: float, operation: str, fault: Mapping[str, Any]) -> Blow:
    return Blow(at, chance.uniform(1, 6), Target.SAGEMAKER_FAULT, fault={"operation": operation, **fault})
