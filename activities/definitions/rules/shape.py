"""Rules on the form of a definition: what AWS refuses when a pipeline is created."""

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from activities.definitions.paths import Path, at, walk
from activities.definitions.reading import INSIDE, Step
from activities.definitions.references import Reference, references
from activities.definitions.rules.rule import Problem, Severity, Subject

VERSION: Final = "2020-12-01"
MAX_PARAMETERS: Final = 200
MAX_PROCESSING_INPUTS: Final = 10
MAX_TAGS: Final = 50

_STEP_NAME: Final = re.compile(r"[A-Za-z0-9\-_]{1,64}")
_PARAMETER_NAME: Final = re.compile(r"[A-Za-z0-9\-_]{1,256}")
_SHOWN_CHARS: Final = 80


def form(subject: Subject) -> Iterator[Problem]:
    """Find text that is not a definition of schema 2020-12-01."""
    document = subject.definition.document
    if document.get("Version") != VERSION:
        yield Problem(("Version",), f"Version must be '{VERSION}'", remedy=f'Write "Version": "{VERSION}".')
    yield from _entries(("Parameters",), document.get("Parameters"), ("Name",))
    steps = document.get("Steps")
    if not isinstance(steps, list):
        yield Problem(("Steps",), "Steps must be a list")
        return
    if not steps:
        yield Problem(("Steps",), "there are no steps", severity=Severity.WARNING)
    yield from _entries(("Steps",), steps, ("Name", "Type"))
    for step in subject.steps:
        for side in INSIDE.get(step.type, ()):
            path = (*step.path, "Arguments", side)
            yield from _entries(path, step.arguments.get(side), ("Name", "Type"), step.name)


def _entries(path: Path, entries: Any, members: tuple[str, ...], step: str | None = None) -> Iterator[Problem]:
    if entries is None:
        return
    if not isinstance(entries, list):
        yield Problem(path, f"{path[-1]} must be a list", step)
        return
    for number, entry in enumerate(entries):
        missing = [each for each in members if not isinstance(entry, dict) or not isinstance(entry.get(each), str)]
        if missing:
            yield Problem((*path, number), f"an entry must be an object with a text as {' and '.join(missing)}", step)


def names(subject: Subject) -> Iterator[Problem]:
    """Find names that AWS does not take, and names that are given twice."""
    seen: set[str] = set()
    for step in subject.steps:
        path = (*step.path, "Name")
        if not _STEP_NAME.fullmatch(step.name):
            yield Problem(path, f"a step's name has 1 to 64 letters, digits, - and _: {_shown(step.name)}", step.name)
        if step.name in seen:
            yield Problem(path, f"another step is called {_shown(step.name)} as well", step.name)
        seen.add(step.name)
    declared: set[str] = set()
    for path, entry in subject.definition.parameters:
        name = str(entry["Name"])
        if not _PARAMETER_NAME.fullmatch(name):
            yield Problem((*path, "Name"), f"a parameter's name has 1 to 256 letters, digits, - and _: {_shown(name)}")
        if name in declared:
            yield Problem((*path, "Name"), f"another parameter is called {_shown(name)} as well")
        declared.add(name)


def refs(subject: Subject) -> Iterator[Problem]:
    """Find references to what is not there, and steps that wait for each other."""
    # Steps inside steps of types that are not known here count as well.
    known = {
        str(entry["Name"])
        for _, entry in walk(subject.definition.document.get("Steps"))
        if isinstance(entry, dict) and isinstance(entry.get("Name"), str) and isinstance(entry.get("Type"), str)
    }
    declared = {str(entry["Name"]) for _, entry in subject.definition.parameters}
    files = {step.name: _property_files(step) for step in subject.steps}
    graph: dict[str, set[str]] = {step.name: set() for step in subject.steps}
    for step in subject.steps:
        before = set(_depends_on(step))
        for number, name in enumerate(_depends_on(step)):
            if name not in known:
                yield Problem((*step.path, "DependsOn", number), f"there is no step {_shown(name)}", step.name)
        for found in references(step.own, step.path):
            yield from _unknown(found, step, known, declared, files)
            if found.step:
                before.add(found.step)
        if step.branch:
            before.add(step.branch[0])
        graph[step.name] |= before & graph.keys()
    yield from _cycle(graph, {step.name: step for step in subject.steps})


def _unknown(
    found: Reference, step: Step, known: set[str], declared: set[str], files: dict[str, set[str]]
) -> Iterator[Problem]:
    if found.step and found.step not in known:
        yield Problem(found.path, f"there is no step {_shown(found.step)}", step.name)
    elif found.parameter is not None and found.parameter not in declared:
        yield Problem(found.path, f"there is no parameter {_shown(found.parameter)}", step.name)
    elif found.step and found.property_file and found.property_file not in files.get(found.step, {found.property_file}):
        # AWS does not publish when it finds out.
        message = f"the step {_shown(found.step)} has no property file {_shown(found.property_file)}"
        yield Problem(found.path, message, step.name, severity=Severity.WARNING)


def _property_files(step: Step) -> set[str]:
    found = step.entry.get("PropertyFiles")
    entries = found if isinstance(found, list) else []
    return {str(each.get("PropertyFileName")) for each in entries if isinstance(each, dict)}


def _depends_on(step: Step) -> list[str]:
    found = step.entry.get("DependsOn")
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _cycle(graph: dict[str, set[str]], steps: dict[str, Step]) -> Iterator[Problem]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = [str(name) for name in error.args[1]]
        shown = " → ".join([*circle[:5], "…", circle[-1]] if len(circle) > 7 else circle)  # noqa: PLR2004 — shown
        yield Problem(steps[circle[0]].path, f"these steps wait for each other: {shown}", circle[0])


def limits(subject: Subject) -> Iterator[Problem]:
    """Find more entries than AWS takes."""
    parameters = subject.definition.document.get("Parameters")
    if isinstance(parameters, list) and len(parameters) > MAX_PARAMETERS:
        message = f"{len(parameters)} parameters are declared, and AWS takes {MAX_PARAMETERS}"
        yield Problem(("Parameters",), message, severity=Severity.ERROR)
    for step in subject.steps:
        for member, most in (("ProcessingInputs", MAX_PROCESSING_INPUTS), ("Tags", MAX_TAGS)):
            found = at(step.arguments, (member,))
            if isinstance(found, list) and len(found) > most:
                message = f"{len(found)} {member}, and AWS takes {most}: the step fails when it runs"
                yield Problem((*step.path, "Arguments", member), message, step.name)


def _shown(name: str) -> str:
    return f"'{name}'" if len(name) <= _SHOWN_CHARS else f"'{name[:_SHOWN_CHARS]}…'"
