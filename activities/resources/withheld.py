"""Members of requests and descriptions in which callers put credentials: their values are shown nowhere."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from contract.texts import texts

_OF_CONTAINERS: Final = frozenset({"ContainerArguments", "ContainerEntrypoint"})
_CHOSEN_BY_AWS: Final = frozenset({"TunedHyperParameters"})


def is_withheld(member: str) -> bool:
    """Return whether a member holds texts that callers choose freely, such as environments and hyperparameters.

    Their names differ from kind to kind: `OptimizationEnvironment`, `StaticHyperParameters`, `RuleParameters`. A test
    compares this with SageMaker's service model.
    """
    if member in _CHOSEN_BY_AWS:
        return False
    return is_environment(member) or member.endswith("Parameters") or member in _OF_CONTAINERS


def is_environment(member: str) -> bool:
    """Return whether a member is the environment of containers, in which credentials are usual."""
    return "Environment" in member


def withheld_texts(value: Any) -> Iterator[str]:
    """Go through the texts of all withheld members of a request, at any depth."""
    match value:
        case dict():
            for name, member in value.items():
                if is_withheld(str(name)):
                    yield from (text for _, text in texts(member))
                else:
                    yield from withheld_texts(member)
        case list():
            for item in value:
                yield from withheld_texts(item)


def without(value: Any, is_left_out: Callable[[str], bool]) -> Any:
    """Return a request or description without some members, at any depth."""
    match value:
        case dict():
            kept = {name: member for name, member in value.items() if not is_left_out(str(name))}
            return {name: without(member, is_left_out) for name, member in kept.items()}
        case list() | tuple():
            return [without(item, is_left_out) for item in value]
    return value
