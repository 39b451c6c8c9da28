"""Which steps are returned to the workflow: the ones that changed since it saw them, as many as one payload holds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from activities.results.digests import SeenDigests
from activities.results.documents import step_document
from activities.results.plan import Plan
from activities.results.reading import Step
from contract.steps import StepDocument

MAX_RETURNED_BYTES: Final = 1024 * 1024
"""Of the documents as JSON: causes and outputs need room, too, below Temporal's 2 MiB a payload."""


def has_changes(steps: Iterable[Step], seen: Mapping[str, str], digests: SeenDigests | None = None) -> bool:
    """Whether any step is not as it was seen.

    Args:
        steps: All steps that have started.
        seen: Marks of the steps (`StepDocument.mark`), by key.
        digests: What was seen of their details and reasons; None where that is not compared.
    """
    return any(_is_changed(step_document(step, None), seen, digests) for step in steps)


def changed_steps(
    steps: Sequence[Step], plan: Plan | None, seen: Mapping[str, str], digests: SeenDigests | None = None
) -> list[StepDocument]:
    """Write the steps that are not as they were seen; where there is no room for all, the most important ones.

    What is left out is returned by the next call, as long as its marks are not among the seen ones.
    """
    documents = [step_document(step, plan) for step in steps]
    changed = [document for document in documents if _is_changed(document, seen, digests)]
    # A person may see steps that were seen as still running; new ones that have succeeded are missed least.
    changed.sort(key=lambda document: (document.status == "Succeeded", document.seen_key not in seen))
    returned, room = [], MAX_RETURNED_BYTES
    for document in changed:
        room -= len(document.model_dump_json().encode())
        if room < 0:
            break
        returned.append(document)
    return returned


def _is_changed(document: StepDocument, seen: Mapping[str, str], digests: SeenDigests | None) -> bool:
    return not document.has_mark(seen.get(document.seen_key)) or not (digests is None or digests.has(document))
