"""Composing the input of a deployment from the options of a command."""

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from contract.definition_text import compress_definition
from contract.deployment import PipelineDeploymentInput
from worker.cli.outcome import CommandError
from worker.cli.python_definition import PythonObject
from worker.cli.valid_input import valid_input


def deployment_input(definition: str | None = None, **fields: Any) -> PipelineDeploymentInput:
    """Compose and validate the input of a deployment.

    Args:
        definition: The text of the definition.
        fields: Fields by name; None means not given.

    Raises:
        CommandError: It is not valid: the field is named.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    if definition is not None:
        given["compressed_definition"] = compress_definition(definition)
    return valid_input(PipelineDeploymentInput, given)


def pipeline_name_of(file: str, name: str | None) -> str:
    """Return the name of the pipeline that a file is of: the given one, else that of the file without its ending.

    Raises:
        CommandError: A file such as stdin has no name.
    """
    if name is not None:
        return name
    if file == "-" or PythonObject.named_by(file):
        raise CommandError("--name is needed: a definition from stdin or from Python code has no file's name.")
    return PurePath(file).name.partition(".")[0]


def read_tags(given: Iterable[str] | None) -> dict[str, str] | None:
    """Read `--tag KEY=VALUE` options; None if there are none.

    Raises:
        CommandError: One of them is something else.
    """
    tags: dict[str, str] = {}
    for text in given or ():
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise CommandError(f"--tag '{text[:80]}' must be KEY=VALUE.")
        if key in tags:
            raise CommandError(f"--tag {key} is given twice.")
        tags[key] = value
    return tags or None
