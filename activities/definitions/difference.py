"""How a pipeline as it is wanted differs from the deployed one, and which cached steps run again because of that."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from activities.definitions.cache_keys import is_cached, is_in_key
from activities.definitions.changes import Changed, changes
from activities.definitions.paths import Path, Place
from activities.definitions.reading import Definition, Step, read_definition
from activities.definitions.rerunning import KeyChanges, is_output, reruns
from contract.definition_difference import MAX_CHANGES, Change, ChangeKind, Difference, NamedDifference

_SETTINGS: Final = ("role_arn", "display_name", "description", "max_parallel_steps")
_COMPARED_APART: Final = ("Parameters", "Steps")
_DEFAULT: Final = "DefaultValue"


@dataclass(frozen=True)
class PipelineState:
    """A pipeline as it is deployed, or as it is wanted; in what is wanted, None means that it stays.

    Attributes:
        definition: The JSON of the definition.
        role_arn: Its role.
        display_name: Its display name.
        description: Its description; an empty one is none.
        max_parallel_steps: Its MaxParallelExecutionSteps.
        tags: All its tags, as they are or as they will be.
    """

    definition: str | None = field(default=None, repr=False)
    role_arn: str | None = None
    display_name: str | None = None
    description: str | None = None
    max_parallel_steps: int | None = None
    tags: Mapping[str, str] | None = None


def difference(deployed: PipelineState, wanted: PipelineState, *, withhold: bool = True) -> Difference:
    """Compare a pipeline as it is deployed with how it is wanted.

    A definition of a megabyte takes seconds: never on an event loop.

    Args:
        deployed: As it is; all empty for a pipeline that does not exist.
        wanted: As it should be.
        withhold: Whether environments, hyperparameters, command lines and the defaults of parameters are left out,
            which must not stand in a history. Values that may be secrets are always left out.

    Raises:
        ValueError: One of the definitions is not JSON, or is nested too deeply.
    """
    listing = _Listing(withhold=withhold)
    found = Difference(same=True)
    found.settings = listing.changes(_settings(deployed, wanted))
    if wanted.tags is not None:
        found.tags = listing.changes(changes(dict(deployed.tags or {}), dict(wanted.tags)))
    if wanted.definition is not None:
        _compare(deployed.definition or "{}", wanted.definition, found, listing)
    found.left_out = max(0, listing.seen - MAX_CHANGES)
    found.same = listing.seen == 0
    return found


class _Listing:
    """Turns changes into what is shown, as long as there is room."""

    def __init__(self, *, withhold: bool) -> None:
        self._withhold = withhold
        self.seen = 0

    def change(self, changed: Changed, *, misses_cache: bool = False) -> list[Change]:
        """Show a change; nothing where there is no room left."""
        return [changed.shown(withhold=self._withhold, misses_cache=misses_cache)] if self._has_room() else []

    def changes(self, found: Iterable[Changed]) -> list[Change]:
        """Show changes."""
        return [shown for each in found for shown in self.change(each)]

    def named(self, name: str, kind: ChangeKind, of_type: str | None) -> list[NamedDifference]:
        """Show a step or parameter that is added or removed."""
        return [NamedDifference(name=name, type=of_type, kind=kind)] if self._has_room() else []

    def _has_room(self) -> bool:
        self.seen += 1
        return self.seen <= MAX_CHANGES


def _compare(deployed: str, wanted: str, found: Difference, listing: _Listing) -> None:
    old, new = read_definition(deployed), read_definition(wanted)
    before = listing.seen
    key_changes = KeyChanges(cached=frozenset(step.name for step in old.steps if is_cached(step)))
    parameters, defaults = _parameters(old), _parameters(new)

    def parameter_changed(name: str, changed: Changed) -> bool:
        if changed.path == (_DEFAULT,):
            key_changes.parameters.add(name)
        return False

    def step_changed(name: str, changed: Changed) -> bool:
        was_cached = name in key_changes.cached
        misses = was_cached and _misses_cache(new_steps[name], changed.path)
        if misses:
            key_changes.steps.add(name)
        elif not was_cached and is_output(changed.path):
            key_changes.moved.add(name)
        return misses

    new_steps = {step.name: step for step in new.steps}
    found.parameters = _named(parameters, defaults, listing, parameter_changed)
    found.steps = _named(_steps(old), _steps(new), listing, step_changed)
    found.definition = listing.changes(changes(_rest(old), _rest(new)))
    if listing.seen == before and old.document != new.document:
        # Only the order of the steps is different, or something that has no name.
        found.definition = listing.changes(
            [Changed(Place(("order of steps",)), "(the deployed order)", "(another order)")]
        )
    found.reruns = reruns(new, key_changes)


def _misses_cache(step: Step, path: Path) -> bool:
    """Return whether a change at a path in a step that had a cache makes it run again."""
    if is_cached(step):
        return is_in_key(step.type, path) or path == ("Type",)
    return path in {("CacheConfig",), ("CacheConfig", "Enabled")}


_Entries = Mapping[str, tuple[str | None, Mapping[str, Any]]]


def _named(
    old: _Entries, new: _Entries, listing: _Listing, misses_cache: Callable[[str, Changed], bool]
) -> list[NamedDifference]:
    """Compare steps or parameters by name.

    Args:
        old: Name → type and JSON, as they are deployed.
        new: As they are wanted.
        listing: Where the changes are shown.
        misses_cache: Called for each change with the name; whether it makes a cached step run again.
    """
    found: list[NamedDifference] = []
    for name in {**old, **new}:
        if name not in old:
            found += listing.named(name, ChangeKind.ADDED, new[name][0])
        elif name not in new:
            found += listing.named(name, ChangeKind.REMOVED, old[name][0])
        elif inside := [
            shown
            for changed in changes(old[name][1], new[name][1])
            for shown in listing.change(changed, misses_cache=misses_cache(name, changed))
        ]:
            found.append(NamedDifference(name=name, type=new[name][0], kind=ChangeKind.CHANGED, changes=inside))
    return found


def _steps(definition: Definition) -> _Entries:
    return {step.name: (step.type, {**step.own, **_branch(step)}) for step in definition.steps}


def _branch(step: Step) -> Mapping[str, str]:
    return {"branch": f"{step.branch[1]} of {step.branch[0]}"} if step.branch else {}


def _parameters(definition: Definition) -> _Entries:
    return {str(entry["Name"]): (_type(entry), entry) for _, entry in definition.parameters}


def _type(entry: Mapping[str, Any]) -> str:
    found = entry.get("Type")
    return found if isinstance(found, str) else "String"


def _rest(definition: Definition) -> dict[str, Any]:
    return {name: value for name, value in definition.document.items() if name not in _COMPARED_APART}


def _settings(deployed: PipelineState, wanted: PipelineState) -> Iterable[Changed]:
    for name in _SETTINGS:
        before, after = getattr(deployed, name), getattr(wanted, name)
        # AWS has no description where it is empty.
        if after is not None and (before or "") != (after or ""):
            yield from changes({name: before} if before else {}, {name: after} if after else {})
