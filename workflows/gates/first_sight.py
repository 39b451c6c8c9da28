"""When a run first saw Callback steps wait of which AWS shows no start."""

from collections.abc import Sequence
from typing import Final

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contract.open_gates import timed_without_start
    from contract.pipeline_run import PipelineRunInput
    from contract.steps import StepDocument
    from workflows.run.state import RunState

TIMED_FROM_FIRST_SIGHT: Final = "timed-from-first-sight"
"""Patch: the timeout of a Callback step without a start counts from when the run first saw the step wait."""


def see_waits(state: RunState[PipelineRunInput], steps: Sequence[StepDocument]) -> None:
    """Remember when each wait with a timeout but without a start was first seen, and forget those that are over."""
    keys = timed_without_start(steps, state.run_input.callbacks)
    is_timed = bool(keys) and workflow.patched(TIMED_FROM_FIRST_SIGHT)
    now = workflow.now() if is_timed else None
    state.waits_seen_at = {key: state.waits_seen_at.get(key, now) for key in keys} if now else {}
