"""What a run hands on: the facts of its steps, and the expressions over them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from activities.results.documents import step_document
from activities.results.jobs import JobDescription
from activities.results.plan import Plan
from activities.results.reading import Step
from contract.outputs import MAX_OUTPUTS_BYTES, Output, find

WITHHELD = ("Environment",)
"""Members of a job's description that outputs cannot reach: containers are given credentials there."""


@dataclass
class FoundOutputs:
    """The values of a run's outputs, and what was not found."""

    values: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Required outputs that were not found, each with the reason."""


def facts(steps: Sequence[Step], plan: Plan | None, jobs: Mapping[str, JobDescription]) -> dict[str, Any]:
    """Build the document that output expressions look into.

    Args:
        steps: All steps that have started.
        plan: What the definition says of them.
        jobs: Descriptions of their jobs, by ARN.

    Returns:
        `{"steps": {name: {…}}}`, each step with its own members in snake_case, AWS's `metadata` and `job` as they are,
        and what most expressions want: `outputs` of Lambda and Callback steps by name, `metrics` of a training job by
        name, `outcome` of a condition. JSON values only; times are ISO 8601.
    """
    documents = {}
    for step in steps:
        document = step_document(step, plan)
        metadata = step.get("Metadata") or {}
        job = {k: v for k, v in jobs.get(document.job_arn or "", {}).items() if k not in WITHHELD}
        documents[document.key] = {
            **document.model_dump(mode="json"),
            "metadata": metadata,
            "job": job,
            "outputs": _output_parameters(metadata),
            "metrics": {m.get("MetricName"): m.get("Value") for m in job.get("FinalMetricDataList") or ()},
            "outcome": (metadata.get("Condition") or {}).get("Outcome"),
        }
    plain: dict[str, Any] = json.loads(json.dumps({"steps": documents}, default=_plain))
    return plain


def find_outputs(outputs: Mapping[str, Output], document: Mapping[str, Any]) -> FoundOutputs:
    """Apply the expressions; one that finds nothing gives null."""
    found = FoundOutputs()
    size = 0
    for name, output in outputs.items():
        problem = "its expression finds nothing"
        try:
            value = find(output, document)
        except ValueError as error:
            value, problem = None, f"its expression cannot be applied: {error}"
        size += len(json.dumps(value))
        if size > MAX_OUTPUTS_BYTES:
            value, problem = None, f"all outputs together may have {MAX_OUTPUTS_BYTES // 1024} KiB"
        found.values[name] = value
        if value is None:
            (found.missing if output.required else found.notes).append(f"The output '{name}' is null: {problem}.")
    return found


def _output_parameters(metadata: Mapping[str, Any]) -> dict[str, Any]:
    for kind in ("Lambda", "Callback"):
        parameters = (metadata.get(kind) or {}).get("OutputParameters")
        if parameters:
            return {parameter.get("Name"): parameter.get("Value") for parameter in parameters}
    return {}


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
