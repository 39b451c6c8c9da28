"""Members of requests and descriptions in which callers put credentials: their values are shown nowhere."""

from collections.abc import Iterator
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
    return "Environment" in member or member.endswith("Parameters") or member in _OF_CONTAINERS


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


def without_withheld(value: Any) -> Any:
    """Return a request or description without its withheld members, at any depth."""
    match value:
        case dict():
            return {name: without_withheld(member) for name, member in value.items() if not is_withheld(str(name))}
        case list() | tuple():
            return [without_withheld(item) for item in value]
    return value
