"""The pattern of the EventBridge rule: which of SageMaker's events go to the queue."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from activities.aws.place import in_both_spellings
from activities.events.messages import ENDPOINT_DEPLOYMENT_EVENT, STEP_EVENT
from activities.resources.kind import ResourceKind
from activities.resources.table import KINDS, PIPELINE_EXECUTION

MAX_PATTERN_CHARS: Final = 2048
"""Of an event pattern ("Amazon EventBridge quotas")."""

EVENT_KINDS: Final[Mapping[str, ResourceKind]] = {
    kind.job or kind.noun.replace(" ", "_"): kind for kind in KINDS if kind.event and kind is not PIPELINE_EXECUTION
}
"""The kinds that have events, beside pipeline executions and their steps."""

# The sample of a tuning job's event has another resource type than the ARNs of tuning jobs.
_OTHER_ARN_TYPES: Final = {"hyper-parameter-tuning-job": ("tuningJob",)}
_FURTHER_EVENTS: Final = {"endpoint": (ENDPOINT_DEPLOYMENT_EVENT,)}


@dataclass(frozen=True)
class Wanted:
    """Which events are wanted.

    Attributes:
        pipelines: Patterns of names or ARNs; none for no pipelines, `*` for all.
        kinds: Patterns of names by kind (`EVENT_KINDS`), `*` for all of a kind.
    """

    pipelines: Sequence[str]
    kinds: Mapping[str, Sequence[str]]

    def pattern(self) -> dict[str, Any]:
        """Write the event pattern.

        Raises:
            ValueError: It is longer than EventBridge allows.
        """
        found: dict[str, Any] = {"source": ["aws.sagemaker"], "detail-type": list(self._detail_types())}
        if resources := self._resources():
            found["resources"] = resources
        length = len(json.dumps(found, separators=(",", ":")))
        if length > MAX_PATTERN_CHARS:
            raise ValueError(
                f"the event pattern would have {length} characters, and EventBridge allows {MAX_PATTERN_CHARS}; "
                "use fewer patterns, such as churn-* in place of single names"
            )
        return found

    def _detail_types(self) -> Iterator[str]:
        if self.pipelines:
            yield from (str(PIPELINE_EXECUTION.event), STEP_EVENT)
        for name in self.kinds:
            yield from (str(EVENT_KINDS[name].event), *_FURTHER_EVENTS.get(name, ()))

    def _resources(self) -> list[dict[str, str]]:
        """Write what the resources of an event must match; empty if all of the wanted types are wanted.

        Each event names its resource in `resources`, those of pipelines the pipeline and the execution; the details
        of labeling jobs' events name nothing.
        """
        names = {PIPELINE_EXECUTION.arn_type: self.pipelines} if self.pipelines else {}
        for kind, patterns in self.kinds.items():
            for arn_type in (EVENT_KINDS[kind].arn_type, *_OTHER_ARN_TYPES.get(EVENT_KINDS[kind].arn_type, ())):
                names[arn_type] = patterns
        if all("*" in patterns for patterns in names.values()):
            return []
        texts = [text for arn_type, patterns in names.items() for text in _arns(arn_type, patterns)]
        return [_matcher(text) for text in dict.fromkeys(texts)]


def _arns(arn_type: str, patterns: Iterable[str]) -> Iterator[str]:
    for pattern in patterns:
        for spelled in in_both_spellings(pattern):
            yield spelled if spelled.startswith("arn:") else f":{arn_type}/{spelled}"


def _matcher(text: str) -> dict[str, str]:
    """Write a filter for the ends of ARNs ("Comparison operators", EventBridge user guide)."""
    if "*" in text:
        return {"wildcard": text if text.startswith("arn:") else f"*{text}"}
    return {"suffix": text}
