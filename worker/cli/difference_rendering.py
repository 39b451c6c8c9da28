"""Differences between a deployed pipeline and the one that is wanted, on the screen."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from contract.definition_difference import Change, ChangeKind, Difference, NamedDifference, StepRerun
from contract.deployment import AliasMove, DeploymentAction, PipelineDeployment

_SIGNS: Final = {
    ChangeKind.ADDED: ("+", "green"),
    ChangeKind.REMOVED: ("-", "red"),
    ChangeKind.CHANGED: ("~", "yellow"),
}
_WITHHELD: Final = "(withheld)"


def preview_screen(document: PipelineDeployment) -> RenderableType:
    """Show what a deployment would change: the pipeline, and the alias."""
    changes = document.changes or Difference(same=True)
    lines = [Text(_headline(document), style="bold"), *difference_lines(changes)]
    if document.alias_move is not None:
        lines += [Text("Alias"), _alias_line(document.alias_move)]
    return Group(*lines)


def difference_lines(found: Difference) -> Iterator[Text]:
    """Write a difference, one change a line, and what will run again because of it."""
    yield from _named("Steps", found.steps)
    yield from _named("Parameters", found.parameters)
    for title, changes in (("Definition", found.definition), ("Settings", found.settings), ("Tags", found.tags)):
        if changes:
            yield Text(title)
            yield from (_change(change, indent=2) for change in changes)
    if found.left_out:
        yield Text(f"… and {found.left_out} more changes", style="dim")
    if found.reruns:
        yield Text("These steps lose their cached results and run again", style="yellow")
        yield from (_rerun(step) for step in found.reruns)


def _headline(document: PipelineDeployment) -> str:
    name = document.pipeline_name
    if document.action is DeploymentAction.CREATED:
        return f"{name} will be created on {document.platform}"
    of = f" (version {document.version})" if document.version is not None else ""
    if document.action is DeploymentAction.UPDATED:
        return f"{name}{of} will be updated on {document.platform}"
    return f"{name}{of} on {document.platform} is as wanted" + (", but for the alias" if document.alias_move else "")


def _named(title: str, found: Sequence[NamedDifference]) -> Iterator[Text]:
    if found:
        yield Text(title)
    for each in found:
        sign, style = _SIGNS[each.kind]
        kind = f" ({each.type})" if each.type else ""
        yield Text(f"  {sign} {each.name}{kind}", style=style)
        yield from (_change(change, indent=6) for change in each.changes)


def _change(change: Change, *, indent: int) -> Text:
    sign, style = _SIGNS[change.kind]
    line = Text(" " * indent)
    line.append(f"{sign} {change.path}", style=style)
    line.append(f"  {' → '.join(_values(change))}")
    if change.misses_cache:
        line.append("  misses the cache", style="yellow")
    return line


def _values(change: Change) -> Iterable[str]:
    if change.withheld:
        return [_WITHHELD]
    return [value for value in (change.before, change.after) if value is not None]


def _rerun(step: StepRerun) -> Text:
    why = []
    if step.itself:
        why.append("it changes")
    if step.parameters:
        why.append(f"it uses the default of {', '.join(step.parameters)}")
    if step.steps:
        why.append(f"it uses the results of {', '.join(step.steps)}")
    return Text(f"  ! {step.step}  {'; '.join(why)}", style="yellow")


def _alias_line(move: AliasMove) -> Text:
    to = f"version {move.version}" if move.version is not None else "the new version"
    before = f" from version {move.from_version}" if move.from_version is not None else ""
    sign, style = _SIGNS[ChangeKind.CHANGED if move.from_version is not None else ChangeKind.ADDED]
    return Text(f"  {sign} {move.alias}{before} → {to}", style=style)
