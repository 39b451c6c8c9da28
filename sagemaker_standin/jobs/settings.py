import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from sagemaker_standin.expressions import text_of

# Where a request or a step can say how its job should go here; the later one wins.
_ENVIRONMENTS = (
    ("HyperParameters",),
    ("Environment",),
    ("PrimaryContainer", "Environment"),
    ("TrainingJobDefinition", "StaticHyperParameters"),
    ("TrainingJobDefinition", "Environment"),
    (),
)


@dataclass(frozen=True)
class Settings:
    """What a request or a step says to the stand-in, in variables called `STANDIN_…`; for AWS they are plain ones.

    Attributes:
        seconds: `STANDIN_SECONDS`, simulated; on a Callback step: it is answered after so many.
        failure: `STANDIN_FAIL`, the FailureReason; empty for none.
        failing_attempts: `STANDIN_FAIL_ATTEMPTS`: only the first so many attempts of a step fail.
        report: `STANDIN_OUTPUT`, JSON text: what property files hold, and output parameters by name.
        job: `STANDIN_JOB`, JSON text: members that the job's description shows in place of its own.
        log: `STANDIN_LOG`, the lines that the job writes.
    """

    seconds: float | None = None
    failure: str = ""
    failing_attempts: int | None = None
    report: Any = None
    job: Mapping[str, Any] = field(default_factory=dict)
    log: tuple[str, ...] = ()

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Self:
        """Read the settings in an environment, in hyperparameters or in the arguments themselves.

        Raises:
            ValueError: a setting that should be a number or JSON is none.
        """
        found: dict[str, str] = {}
        for path in _ENVIRONMENTS:
            found |= {
                key: text_of(value) for key, value in _inner(arguments, path).items() if key.startswith("STANDIN_")
            }
        seconds, attempts = found.get("STANDIN_SECONDS"), found.get("STANDIN_FAIL_ATTEMPTS")
        return cls(
            seconds=float(seconds) if seconds else None,
            failure=found.get("STANDIN_FAIL", ""),
            failing_attempts=int(attempts) if attempts else None,
            report=_report(found.get("STANDIN_OUTPUT")),
            job=json.loads(found.get("STANDIN_JOB") or "{}"),
            log=tuple((found.get("STANDIN_LOG") or "").splitlines()),
        )


def _inner(arguments: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    for part in path:
        found = arguments.get(part)
        arguments = found if isinstance(found, dict) else {}
    return arguments


def _report(text: str | None) -> Any:
    try:
        return json.loads(text) if text else None
    except json.JSONDecodeError:
        return text
