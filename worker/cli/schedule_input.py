"""Composing a schedule from options, and reading times that options give."""

from collections.abc import Iterable, Mapping
from typing import Any

from contract.parameters import read_parameters
from contract.pipeline_run import PipelineRunInput
from contract.spelling import field_of
from worker.cli.json_files import merged, read_json
from worker.cli.outcome import CommandError
from worker.cli.run_input import read_parameter_options
from worker.schedules.definition import ScheduleDefinition, read_definition
from worker.schedules.errors import ScheduleError


def pipeline_part(
    pipeline: str | None,
    document: str | None,
    parameters: Iterable[str],
    fields: Mapping[str, Any],
    inner_fields: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Compose what a definition says of a pipeline run; it is validated with the definition, for it may have templates.

    Raises:
        CommandError: No pipeline is named, or a file or an option cannot be read.
    """
    if pipeline is None and document is None:
        raise CommandError("Missing argument 'PIPELINE': the pipeline's name or ARN; or give --job FILE.")
    given: dict[str, Any] = {}
    if document is not None:
        read = read_json(document, "--input")
        if not isinstance(read, dict):
            raise CommandError("--input must hold a JSON object.")
        given = {field_of(PipelineRunInput, key) or key: value for key, value in read.items()}
    named = given.pop("pipeline_name", None)
    if pipeline is not None and named is not None:
        raise CommandError("PIPELINE and --input exclude each other: the document names the pipeline.")
    try:
        present = read_parameters(given.get("parameters") or {})
    except ValueError as error:
        raise CommandError(f"Invalid input: parameters: {error}") from None
    all_members = {"parameters": read_parameter_options(parameters), **inner_fields}
    given |= {name: value for name, value in fields.items() if value is not None}
    for name, members in all_members.items():
        if members:
            given[name] = merged(present if name == "parameters" else given.get(name), members)
    return {"pipeline": pipeline or named, "input": given}


def definition(fields: Mapping[str, Any]) -> ScheduleDefinition:
    """Validate a definition.

    Raises:
        CommandError: It is not valid; the field is named.
    """
    try:
        return read_definition({key: value for key, value in fields.items() if value is not None})
    except ScheduleError as error:
        raise CommandError(f"Invalid schedule: {error}") from None
