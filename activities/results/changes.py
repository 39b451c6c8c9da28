"""Which steps are told to the workflow: those that it has not seen as they are now, as many as one payload holds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from activities.results.documents import step_document
from activities.results.plan import Plan
from activities.results.reading import Step
from contract.steps import StepDocument

MAX_TOLD_BYTES: Final = 1024 * 1024
"""Of the documents as JSON: causes and outputs need room, too, below Temporal's 2 MiB a payload."""


def has_changes(steps: Iterable[Step], seen: Mapping[str, str]) -> bool:
    """Whether any step is not as it was seen.

    Args:
        steps: All steps that have started.
        seen: Marks of the steps (`StepDocument.mark`), by key.
    """
    return any(_is_changed(step_document(step, None), seen) for step in steps)


def changed_steps(steps: Sequence[Step], plan: Plan | None, seen: Mapping[str, str]) -> list[StepDocument]:
    """Write the steps that are not as they were seen; where there is no room for all, the most telling ones.

    What is left out is told by the next call, as long as its marks are not among those seen.
    """
    documents = [step_document(step, plan) for step in steps]
    changed = [document for document in documents if _is_changed(document, seen)]
    # A person may see those that were seen as still running; new ones that have succeeded are missed least.
    changed.sort(key=lambda document: (document.status == "Succeeded", document.seen_key not in seen))
    told, room = [], MAX_TOLD_BYTES
    for document in changed:
        room -= len(document.model_dump_json().encode())
        if room < 0:
            break
        told.append(document)
    return told


def _is_changed(document: StepDocument, seen: Mapping[str, str]) -> bool:
    return not document.has_mark(seen.get(document.seen_key))
