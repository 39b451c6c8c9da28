from sagemaker_standin.definition import StepDefinition
from sagemaker_standin.state import Execution, StepStatus


def frontier(execution: Execution) -> list[StepDefinition]:
    """The steps that can start now, in definition order.

    A step on a branch that was not taken never starts, nor does one that needs it: such steps do not appear at all.
    """
    done: set[str] = set()
    skipped: set[str] = set()
    ready: list[StepDefinition] = []
    for step in execution.definition.steps.values():
        if (run := execution.steps.get(step.name)) is not None:
            if run.status is StepStatus.SUCCEEDED:
                done.add(step.name)
        elif _is_skipped(step, execution, done, skipped):
            skipped.add(step.name)
        elif _is_ready(step, execution, done, skipped):
            ready.append(step)
    return ready


def _is_skipped(step: StepDefinition, execution: Execution, done: set[str], skipped: set[str]) -> bool:
    if execution.selected is not None and step.name not in execution.selected:
        return True
    if step.needs & skipped:
        return True
    if step.branch is None or not _is_asked(step.branch.condition, execution):
        return False
    condition = step.branch.condition
    return condition in skipped or (condition in done and _outcome(execution, condition) != step.branch.outcome)


def _is_ready(step: StepDefinition, execution: Execution, done: set[str], skipped: set[str]) -> bool:
    on_branch = step.branch is None or not _is_asked(step.branch.condition, execution) or step.branch.condition in done
    return on_branch and step.needs <= done and step.waits_for <= done | skipped


def _is_asked(condition: str, execution: Execution) -> bool:
    """Whether a condition decides: a selective execution runs steps of its branches without asking it unselected."""
    return execution.selected is None or condition in execution.selected


def _outcome(execution: Execution, condition: str) -> bool:
    return bool(execution.steps[condition].metadata["Condition"]["Outcome"] == "True")
