"""Reading a pipeline definition from where a command's FILE points."""

from typing import Final

from contract.definition_text import read_definition_text
from worker.cli.outcome import CommandError
from worker.cli.python_definition import Evaluation, PythonObject
from worker.cli.text_files import read_text_file

DEFINITION_HELP: Final = (
    "The definition as JSON, - for stdin, or Python code that makes it: pipeline.py:function or module:object."
)


def read_definition_file(file: str, evaluation: Evaluation | None = None) -> str:
    """Return the text of a definition.

    Args:
        file: A file with the definition's JSON, `-` for stdin, or `module.py:function` or `module:object`.
        evaluation: How Python code is evaluated.

    Raises:
        CommandError: It cannot be read, or is no definition.
    """
    text = read_text(file, evaluation)
    try:
        read_definition_text(text)
    except ValueError as error:
        raise CommandError(f"FILE: {file} {error}") from None
    return text


def read_text(file: str, evaluation: Evaluation | None = None) -> str:
    """Return the text that FILE points to, whatever it is.

    Raises:
        CommandError: It cannot be read.
    """
    if found := PythonObject.named_by(file):
        return (evaluation or Evaluation()).text_of(found)
    try:
        return read_text_file(file)
    except OSError as error:
        raise CommandError(f"FILE: cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"FILE: {file} is not text in UTF-8") from None
