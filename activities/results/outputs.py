"""What a run hands on: the facts of its steps, and the expressions over them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from activities.resources.members import entries, text
from activities.resources.withheld import is_environment, without
from activities.results.documents import step_document
from activities.results.expressions import Budget, Sizes, find
from activities.results.jobs import JobDescription
from activities.results.plan import Plan
from activities.results.reading import Step
from activities.results.step import metadata_of
from contract.outputs import MAX_OUTPUTS_BYTES, Output

MAX_PROBLEM_CHARS: Final = 300

_WORD: Final = re.compile(r"[A-Za-z0-9_]+")


@dataclass
class FoundOutputs:
    """The values of a run's outputs, and what was not found."""

    values: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Required outputs that were not found, each with the reason."""

    def add(self, name: str, output: Output, value: Any, problem: str) -> None:
        """Take an output's value; one that is None because of the problem is noted, or missing if it is required."""
        self.values[name] = value
        if value is None:
            (self.missing if output.required else self.notes).append(f"The output '{name}' is null: {problem}.")


def facts(steps: Sequence[Step], plan: Plan | None, jobs: Mapping[str, JobDescription]) -> dict[str, Any]:
    """Build the document that output expressions are applied to.

    Args:
        steps: All steps that have started.
        plan: What the definition says of them.
        jobs: Descriptions of their jobs, by ARN.

    Returns:
        `{"steps": {name: {…}}}`, each step with its own members in snake_case, AWS's `metadata` as it is, AWS's
        description of its `job` without environments, and what most expressions want: `outputs` of Lambda and Callback
        steps by name, `metrics` of a training job by name, `outcome` of a condition. JSON values only; times are ISO
        8601.
    """
    documents = {}
    for step in steps:
        document = step_document(step, plan)
        metadata = metadata_of(step)
        # Not the hyperparameters, which outputs of pipeline runs could reach before those of job runs were withheld.
        job = without(jobs.get(document.job_arn or "", {}), is_environment)
        documents[document.key] = {
            **document.model_dump(mode="json"),
            "metadata": metadata,
            "job": job,
            "outputs": _output_parameters(metadata),
            "metrics": {m.get("MetricName"): m.get("Value") for m in entries(job, "FinalMetricDataList")},
            "outcome": text(metadata.get("Condition", {}), "Outcome"),
        }
    return {"steps": plain(documents)}


def evaluate(
    outputs: Mapping[str, Output], steps: Sequence[Step], plan: Plan | None, jobs: Mapping[str, JobDescription]
) -> FoundOutputs:
    """Apply the outputs' expressions to the facts of an execution; the arguments are those of `facts`.

    It may take seconds: never on the event loop.
    """
    return find_outputs(outputs, facts(steps, plan, jobs))


def missing_outputs(outputs: Mapping[str, Output], problem: str) -> FoundOutputs:
    """Return no value for any output, for the same reason."""
    found = FoundOutputs()
    for name, output in outputs.items():
        found.add(name, output, None, problem)
    return found


def find_outputs(outputs: Mapping[str, Output], document: Mapping[str, Any]) -> FoundOutputs:
    """Apply the expressions; one that finds nothing, or nothing that a document can hold, gives null."""
    found, evaluator = FoundOutputs(), _Evaluator(document)
    for name, output in outputs.items():
        value, problem = evaluator.value(output)
        found.add(name, output, value, problem)
    return found


class _Evaluator:
    """Applies a run's expressions, within one budget and one size for all of them."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._budget, self._sizes = Budget(), Sizes()
        self._room = MAX_OUTPUTS_BYTES

    def value(self, output: Output) -> tuple[Any, str]:
        """Return an output's value, and why it is None if it is."""
        try:
            value = find(output.expression, self._document, self._budget, self._sizes)
            if self._sizes.of(value) > self._room:
                return None, _NO_ROOM
            # As strict as the payload that it becomes a part of: no NaN, no half of a surrogate pair.
            written = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
        except Exception as error:  # noqa: BLE001 — jmespath raises of every kind, and an end must not hang on it
            return None, f"its expression cannot be applied: {_in_a_line(error)}"
        if written > self._room:
            return None, _NO_ROOM
        self._room -= written
        return value, _nothing(output.expression)


def _nothing(expression: str) -> str:
    withheld = next((word for word in _WORD.findall(expression) if is_environment(word)), None)
    why = f"; {withheld} may hold credentials, so outputs cannot reach it" if withheld else ""
    return f"its expression finds nothing{why}"


_NO_ROOM: Final = f"all outputs together may have {MAX_OUTPUTS_BYTES // 1024} KiB"


def _in_a_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text.encode("utf-8", "backslashreplace").decode()[:MAX_PROBLEM_CHARS]


def _output_parameters(metadata: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    for kind in ("Lambda", "Callback"):
        if parameters := entries(metadata.get(kind, {}), "OutputParameters"):
            return {str(parameter.get("Name")): parameter.get("Value") for parameter in parameters}
    return {}


def plain(value: Any) -> Any:
    """Return a value as JSON has it. In Python, which lets other threads run: json.dumps would not."""
    match value:
        case dict():
            return {str(key): plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case str() | int() | float() | None:
            return value
        case datetime():
            return value.isoformat()
        case _:
            return str(value)
