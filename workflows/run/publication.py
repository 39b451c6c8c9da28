"""Copies of the run document where people read them: log, current details, search attributes and memo."""

from collections.abc import Sequence
from typing import Any, Final

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contract.names import (
        EXECUTION_ARN_ATTRIBUTE,
        PLATFORM_ATTRIBUTE,
        RUN_MEMO,
        STATUS_ATTRIBUTE,
    )
    from contract.open_gates import Gate
    from contract.run import Phase, RunDocument, RunStatus
    from workflows.views.details import render_details

MAX_ATTRIBUTE_BYTES: Final = 1500
"""The server terminates a workflow that sets a search attribute of more than 2,048 bytes (tried)."""

GATES_IN_MEMO: Final = "gates-in-memo"
"""Patch: what waits for an answer is readable without a worker."""

GATES_LEFT_OUT_OF_MEMO: Final = "gates-left-out-of-memo"
"""Patch: so is how much more waits than the memo has room for."""

MAX_MEMO_GATES: Final = 5

MAX_MEMO_MESSAGE_CHARS: Final = 500
"""The server warns of memos of more than 2 KiB; ARN and link may have 1 KiB together."""


class Publication:
    """What was published of a run's document so far."""

    def __init__(self) -> None:
        self._attributes: tuple[RunStatus, str | None] | None = None
        self._memo: tuple[object, ...] | None = None

    def continued(self, document: RunDocument) -> None:
        """Remember what the run before a continue-as-new has published: attributes and memo travel."""
        self._attributes = _attributes_key(document)
        self._memo = _memo_key(document)

    def publish(self, document: RunDocument, why: str) -> None:
        """Publish a change of the document, with commands to the server only where attributes or memo change."""
        workflow.logger.info(
            f"{document.log_name}.changed",
            extra={
                "phase": document.phase,
                "status": document.status,
                "sagemaker_status": document.sagemaker_status,
                "execution_arn": document.run_id,
                "why": why,
            },
        )
        workflow.set_current_details(_details(document))
        # The phase that follows an end comes in the same workflow task, and says what the end means for the run.
        has_just_ended = document.ended_at is not None and (
            document.phase in (Phase.RUNNING, Phase.STOPPING)
            or (document.phase is Phase.WAITING_FOR_APPROVAL and document.status is not RunStatus.RUNNING)
        )
        if document.platform is not None and not has_just_ended:
            self._upsert_attributes(document)
            self._upsert_memo(document)

    def _upsert_attributes(self, document: RunDocument) -> None:
        if _attributes_key(document) == self._attributes:
            return
        attributes = [STATUS_ATTRIBUTE.value_set(document.status)]
        if self._attributes is None and document.platform:
            attributes.append(PLATFORM_ATTRIBUTE.value_set(document.platform))
            attributes += [key.value_set(_bounded(value)) for key, value in document.identity.items()]
        if document.run_id:
            attributes.append(EXECUTION_ARN_ATTRIBUTE.value_set(_bounded(document.run_id)))
            attributes += [key.value_set(_bounded(value)) for key, value in document.execution_identity.items()]
        workflow.upsert_search_attributes(attributes)
        self._attributes = _attributes_key(document)

    def _upsert_memo(self, document: RunDocument) -> None:
        if _memo_key(document) != self._memo:
            workflow.upsert_memo({RUN_MEMO: _memo(document)})
            self._memo = _memo_key(document)


def _bounded(value: str) -> str:
    return value.encode(errors="replace")[:MAX_ATTRIBUTE_BYTES].decode(errors="ignore")


def _details(document: RunDocument) -> str:
    """Render the page of the Web UI. A defect in it must not fail the workflow task: the run goes on without it."""
    try:
        return render_details(document, workflow.info().workflow_id)
    except Exception as error:  # noqa: BLE001 — the page is an addition to the run, and no part of it
        workflow.logger.exception(f"{document.log_name}.page_failed")
        return f"This page cannot be shown ({type(error).__name__}); the query `status` returns the run document."


def _attributes_key(document: RunDocument) -> tuple[RunStatus, str | None]:
    return document.status, document.run_id


def _memo_key(document: RunDocument) -> tuple[object, ...]:
    gates = [(gate.subject, gate.since, gate.until, gate.token_shown) for gate in _memo_gates(document)]
    return document.status, document.phase, len(document.attempts), *gates, _gates_left_out(document)


def _memo_gates(document: RunDocument) -> Sequence[Gate]:
    has_gates = len(document.open_gates) > 0 and workflow.patched(GATES_IN_MEMO)
    return document.open_gates[:MAX_MEMO_GATES] if has_gates else ()


def _gates_left_out(document: RunDocument) -> int:
    left_out = document.gates_in_all - MAX_MEMO_GATES
    return left_out if left_out > 0 and workflow.patched(GATES_LEFT_OUT_OF_MEMO) else 0


def _memo(document: RunDocument) -> dict[str, Any]:
    memo = {
        "as_of": workflow.now().isoformat(timespec="seconds"),
        "status": document.status,
        "phase": document.phase,
        "message": document.message and document.message[:MAX_MEMO_MESSAGE_CHARS],
        "progress": document.how_far,
        "attempt": len(document.attempts) or None,
        "execution": document.run_id,
        "monitor_url": document.monitor_url,
        "gates": [_memo_gate(gate) for gate in _memo_gates(document)] or None,
        "gates_left_out": _gates_left_out(document) or None,
    }
    return {name: value for name, value in memo.items() if value is not None}


def _memo_gate(gate: Gate) -> dict[str, Any]:
    dump: dict[str, Any] = gate.model_dump(mode="json", exclude_defaults=True, exclude={"queue", "attempt"})
    return dump
