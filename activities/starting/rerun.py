"""What a rerun takes over from an earlier execution: its parameters, and the results of the steps that do not run."""

import asyncio
import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platform
from activities.resources.members import entries, pages, text
from activities.resources.operations import (
    DESCRIBE_DEFINITION,
    DESCRIBE_EXECUTION,
    LIST_PARAMETERS,
)
from activities.results.graph import StepGraph, read_graph
from activities.results.settled import are_settled, read_settled_steps
from contract.failures import invalid_input
from contract.rerun import Rerun, SelectedStep, SelectiveExecution

MAX_SELECTED: Final = 50
"""Steps of a selective execution (SelectiveExecutionConfig in botocore's service model)."""

USABLE: Final = frozenset({"Failed", "Succeeded"})
"""How the source of a selective execution must have ended (documentation of SelectiveExecutionConfig)."""

MAX_NAMES: Final = 20


@dataclass(frozen=True)
class Source:
    """What a start takes over from an earlier execution."""

    # Values that were secrets stand here in clear: they go to AWS, and nowhere else.
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    selection: SelectiveExecution | None = None
    refusal: ApplicationError | None = None
    """`InvalidInput`, not retryable, if AWS would not take the selection."""


NO_SOURCE: Final = Source()


class Reruns:
    """Reads what reruns need. An execution's parameters and definition never change, so attempts read equal values."""

    def __init__(self, calls: SageMakerCalls) -> None:
        self._calls = calls

    async def source(self, platform: Platform, rerun: Rerun) -> Source:
        """Read the source of a rerun.

        Raises:
            AwsError: AWS refused, or could not be asked.
        """
        parameters = await self._parameters(platform, rerun.execution_arn)
        if rerun.from_step is None:
            return Source(parameters)
        answer = await self._calls.call(platform, DESCRIBE_DEFINITION, PipelineExecutionArn=rerun.execution_arn)
        # In a thread: a definition has up to 1 MiB.
        graph = await asyncio.to_thread(read_graph, answer.get("PipelineDefinition") or "")
        if graph is None:
            return Source(parameters, refusal=_refusal("execution_arn", "its definition is of an unknown form"))
        if rerun.from_step not in graph.nodes:
            return Source(parameters, refusal=_refusal("from_step", _unknown_step(rerun.from_step, graph)))
        selected = graph.from_step(rerun.from_step)
        return Source(
            parameters,
            _selection(rerun.execution_arn, selected[:MAX_SELECTED]),
            await self._why_not(platform, rerun, graph, selected),
        )

    async def _parameters(self, platform: Platform, execution_arn: str) -> dict[str, str]:
        async def read(token: Mapping[str, str]) -> Mapping[str, Any]:
            request: dict[str, Any] = {"PipelineExecutionArn": execution_arn, **token}
            page: Mapping[str, Any] = await self._calls.call(platform, LIST_PARAMETERS, **request)
            return page

        # A value of no characters can only be a default, and cannot be sent (botocore's service model).
        return {
            name: value
            async for page in pages(read)
            for entry in entries(page, "PipelineParameters")
            if (name := text(entry, "Name")) and isinstance(value := entry.get("Value"), str) and value
        }

    async def _why_not(
        self, platform: Platform, rerun: Rerun, graph: StepGraph, selected: list[str]
    ) -> ApplicationError | None:
        if len(selected) > MAX_SELECTED:
            return _refusal(
                "from_step",
                f"'{rerun.from_step}' and all that follows are {len(selected)} steps, and AWS takes {MAX_SELECTED}; "
                "choose a later step, or leave it out to run all steps",
            )
        arn = rerun.execution_arn
        described = await self._calls.call(platform, DESCRIBE_EXECUTION, PipelineExecutionArn=arn)
        status = text(described, "PipelineExecutionStatus")
        if status is None:
            return None  # AWS decides
        if status not in USABLE:
            return _refusal(
                "execution_arn",
                f"the execution is {status}, and AWS takes over the results of executions that ended as Failed or "
                "Succeeded; wait for its end, or leave from_step out to run all steps",
            )
        steps = await read_settled_steps(self._calls, platform, arn, status)
        if not are_settled(steps, status):
            return None  # AWS decides: its list of the steps lags behind the end
        succeeded = {step.get("StepName") for step in steps if step.get("StepStatus") == "Succeeded"}
        if lacking := [name for name in graph.needed_by(selected) if name not in succeeded]:
            return _refusal(
                "from_step",
                f"'{rerun.from_step}' and what follows need {_listed(lacking)}, which did not succeed in that "
                "execution; choose an earlier step",
            )
        return None


def _selection(execution_arn: str, selected: list[str]) -> SelectiveExecution:
    return SelectiveExecution(
        source_pipeline_execution_arn=execution_arn,
        selected_steps=[SelectedStep(step_name=name) for name in selected],
    )


def _unknown_step(name: str, graph: StepGraph) -> str:
    folded = {other.casefold(): other for other in graph.nodes}
    close = difflib.get_close_matches(name.casefold(), folded, n=1)
    remedy = f"did you mean '{folded[close[0]]}'?" if close else f"its steps are {_listed(list(graph.nodes))}"
    return f"the execution has no step '{name}'; {remedy}"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MAX_NAMES} others" if len(names) > MAX_NAMES else ""
    return f"{', '.join(names[:MAX_NAMES])}{more}"


def _refusal(place: str, problem: str) -> ApplicationError:
    return invalid_input(f"rerun.{place}: {problem}")
