"""Composing a run's input from options, parameter files and a whole document, and refusing it before it is sent."""

from collections.abc import Iterable, Mapping
from typing import Any

from contract.parameters import read_parameters
from contract.pipeline_run import PipelineRunInput
from contract.scheduled_input import TEMPLATED, rendered
from contract.spelling import field_of
from contract.templates import ScheduledStart
from worker.cli.json_files import merged, read_json
from worker.cli.outcome import CommandError
from worker.cli.valid_input import require_proportion, valid_input


def compose_run_input(
    *,
    defaults: Mapping[str, Any],
    document: str | None,
    parameters: Iterable[str],
    fields: Mapping[str, Any],
    inner_fields: Mapping[str, Mapping[str, Any]],
) -> PipelineRunInput:
    """Compose and validate the input of a run.

    Args:
        defaults: Fields by name, which document and options win over.
        document: File with an input as JSON, `-` for stdin; options win over it.
        parameters: `Name=Value`, or `@FILE` with a JSON object of them.
        fields: Fields by name; None means not given.
        inner_fields: Members of fields that are objects; other members of the document stay.

    Raises:
        CommandError: Something cannot be read, or is not a valid input: the field is named.
    """
    given = dict(defaults)
    if document is not None:
        if fields.get("pipeline_name") is not None:
            raise CommandError("PIPELINE and --input exclude each other: the document names the pipeline.")
        given |= _fields_of(read_json(document, "--input"))
    given |= {name: value for name, value in fields.items() if value is not None}
    if "pipeline_name" not in given:
        raise CommandError("Missing argument 'PIPELINE': the pipeline's name or ARN.")
    for name, members in {"parameters": read_parameter_options(parameters), **inner_fields}.items():
        if members:
            given[name] = merged(given.get(name), members)
    return _validated(given)


def _fields_of(document: Any) -> dict[str, Any]:
    """Read the fields of a document by name; texts with templates are filled in together with those of the options."""
    templated = {}
    if isinstance(document, dict):
        names = {key: field_of(PipelineRunInput, str(key)) for key in document}
        if any(name == "templates" and document[key] is True for key, name in names.items()):
            templated = {name: document[key] for key, name in names.items() if name in TEMPLATED}
            document = {key: value for key, value in document.items() if names[key] not in TEMPLATED}
    return valid_input(PipelineRunInput, document).model_dump(exclude_unset=True) | templated


def _validated(fields: Mapping[str, Any]) -> PipelineRunInput:
    """Validate an input whose templates are filled in from its own `scheduled_time`.

    The workflow would fill in the same values; the command does it so that it validates what AWS is sent.
    """
    require_proportion(fields)
    try:
        filled = rendered(dict(fields), PipelineRunInput, ScheduledStart())
    except ValueError as error:
        raise CommandError(f"Invalid input: {error}") from None
    run_input = valid_input(PipelineRunInput, filled)
    return run_input.model_copy(update={"templates": False}) if run_input.templates else run_input


def read_parameter_options(given: Iterable[str]) -> dict[str, str]:
    """Read `-p` options: those of files first, so that one on the command line wins over its file.

    Raises:
        CommandError: One is no parameter, or a file cannot be read.
    """
    from_files: dict[str, str] = {}
    typed: dict[str, str] = {}
    for text in given:
        if text.startswith("@"):
            from_files |= _read_parameter_file(text[1:])
            continue
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise CommandError(f"-p '{name[:80]}' must be Name=Value, or @FILE with a JSON object of parameters.")
        if name in typed:
            raise CommandError(f"-p {name} is given twice.")
        # Exactly what was typed: AWS takes strings, and 007 or 1e3 must not become numbers on the way.
        typed[name] = value
    return from_files | typed


def _read_parameter_file(path: str) -> dict[str, str]:
    try:
        return read_parameters(read_json(path, "-p"))
    except ValueError as error:
        raise CommandError(f"-p @{path}: {error}") from None
