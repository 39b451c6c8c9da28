"""One step of an execution as AWS lists it, read by what its members hold."""

from collections.abc import Mapping
from typing import Any

from activities.resources.members import table, text
from activities.results.reading import Step


def name_of(step: Step) -> str:
    """Return the step's name; an empty text where AWS gives none."""
    return text(step, "StepName") or ""


def status_of(step: Step) -> str:
    """Return AWS's StepStatus; an empty text where AWS gives none."""
    return text(step, "StepStatus") or ""


def metadata_of(step: Step) -> Mapping[str, Mapping[str, Any]]:
    """Return the members of the metadata that have content: one, named after what the step makes, or none."""
    return {
        kind: member
        for kind, member in table(step, "Metadata").items()
        if isinstance(member, dict) and any(value not in (None, "", {}, []) for value in member.values())
    }


def is_cached(step: Step) -> bool:
    """Return whether the step's result was taken from the cache; a hit names the execution that computed it."""
    return text(table(step, "CacheHitResult"), "SourcePipelineExecutionArn") is not None


def is_taken_over(step: Step) -> bool:
    """Return whether a selective execution reuses the result that the step had in its source execution."""
    return text(table(step, "SelectiveExecutionResult"), "SourcePipelineExecutionArn") is not None


def is_reused(step: Step) -> bool:
    """Return whether another execution computed the step's result."""
    return is_cached(step) or is_taken_over(step)


def outcome_of(step: Step) -> bool | None:
    """Return how a condition was decided; None for other steps, and before the decision."""
    outcome = text(metadata_of(step).get("Condition", {}), "Outcome")
    return {"True": True, "False": False}.get(outcome or "")
