"""Composing what a schedule says of a job run."""

from collections.abc import Mapping
from typing import Any

from contract.job_kinds import JobKind
from worker.cli.job_input import Options, compose_job_input
from worker.cli.screen import progress


def job_part(
    file: str, kind: JobKind | None, fields: Mapping[str, Any], inner_fields: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Compose what a definition says of a job run.

    Args:
        file: A request, a Task state or a whole input as JSON, `-` for stdin.
        kind: The kind of the job; None where the file has it.
        fields: Fields of the input by name; None means not given.
        inner_fields: Members of fields that are objects.

    Raises:
        CommandError: The file cannot be read, or is not the input of a job run.
    """
    composed = compose_job_input(file, Options(kind, fields, inner_fields), progress.print).run_input
    given = composed.model_dump(mode="json", exclude_unset=True)
    return {"job": given.pop("job", None), "request": given.pop("request", None), "input": given}
