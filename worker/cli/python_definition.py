"""Definitions that Python code makes: evaluated in a process of the caller's interpreter, never in a worker."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import IO, Annotated, Any, Final

import typer

from contract.definition_text import MAX_DEFINITION_CHARS
from worker.cli.outcome import CommandError

MAX_SECONDS: Final = 120
MAX_OUTPUT_BYTES: Final = 2000
"""Of the last output that an error quotes."""

MAX_RESULT_BYTES: Final = 8 * MAX_DEFINITION_CHARS
_DRAINED_WITHIN_SECONDS: Final = 2.0

_OBJECT: Final = re.compile(r"(?P<module>.+):(?P<name>[^\W\d]\w*(\.[^\W\d]\w*)*)")


@dataclass(frozen=True)
class PythonObject:
    """What `module.py:function` or `module:object` names."""

    module: str
    name: str

    @classmethod
    def named_by(cls, file: str) -> "PythonObject | None":
        """Return what a FILE names; None if it names a file."""
        found = _OBJECT.fullmatch(file)
        return cls(found["module"], found["name"]) if found and not Path(file).exists() else None

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"


@dataclass(frozen=True)
class Evaluation:
    """How Python code is evaluated."""

    python: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="The interpreter for Python code; otherwise that of your shell."),
    ] = None
    timeout: Annotated[int, typer.Option(min=1, max=3600, metavar="SECONDS", help="How long Python code may take.")] = (
        MAX_SECONDS
    )

    def text_of(self, found: PythonObject) -> str:
        """Return the text that an object is, returns or has as `definition()`.

        Raises:
            CommandError: There is no interpreter, or the code failed, took too long or gave something else.
        """
        python = self.python or shutil.which("python") or shutil.which("python3") or sys.executable
        source = (resources.files("worker.cli") / "definition_child.py").read_text(encoding="utf-8")
        read_end, write_end = os.pipe()
        command = [python, "-u", "-c", source, found.module, found.name, str(write_end), str(self.timeout)]
        try:
            process = subprocess.Popen(  # noqa: S603 — the caller's own code, with the caller's own interpreter
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(write_end,),
                start_new_session=True,
            )
        except OSError as error:
            os.close(read_end)
            raise CommandError(f"--python: cannot start {python}: {error.strerror}") from None
        finally:
            os.close(write_end)
        output = _Reader(process.stdout, lambda before, more: (before + more)[-MAX_OUTPUT_BYTES:])
        result = _Reader(os.fdopen(read_end, "rb"), lambda before, more: (before + more)[: MAX_RESULT_BYTES + 1])
        is_late = False
        try:
            process.wait(self.timeout)
        except subprocess.TimeoutExpired:
            is_late = True
        finally:
            _end(process)
        if is_late:
            problem = f"did not return within {self.timeout} s (--timeout), and was ended"
            raise CommandError(f"FILE: {found} {problem}.{_quoted(output.read())}")
        return self._definition(found, result.read(), output.read(), process.returncode)

    def _definition(self, found: PythonObject, result: bytes, output: bytes, exit_code: int) -> str:
        if len(result) > MAX_RESULT_BYTES:
            raise CommandError(f"FILE: {found} gave more than {MAX_RESULT_BYTES >> 20} MiB; AWS takes one.")
        try:
            answer: dict[str, Any] = json.loads(result)
        except ValueError:
            # It crashed, or ended its process itself.
            problem = f"its process ended with {_ending(exit_code)} before it gave a definition"
            raise CommandError(f"FILE: {found}: {problem}.{_quoted(output)}") from None
        if failure := answer.get("problem"):
            raise CommandError(f"FILE: {found} failed: {str(failure)[:MAX_OUTPUT_BYTES]}.{_quoted(output)}")
        return str(answer["definition"])


class _Reader:
    """Reads a pipe to its end, so that its writer is never held up, and keeps a part of it."""

    def __init__(self, stream: IO[bytes] | None, keep: Callable[[bytes, bytes], bytes]) -> None:
        assert stream is not None  # noqa: S101 — for mypy: it is a pipe
        self._stream = stream
        self._keep = keep
        self._kept = b""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def read(self) -> bytes:
        """Return what was kept. A process that the code left behind may hold the pipe open: it is not waited for."""
        self._thread.join(_DRAINED_WITHIN_SECONDS)
        return self._kept

    def _run(self) -> None:
        with self._stream as stream:
            while more := os.read(stream.fileno(), 65536):
                self._kept = self._keep(self._kept, more)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the process and all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _ending(exit_code: int) -> str:
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        # Real-time signals have no names of their own.
        return f"signal {-exit_code}"


def _quoted(output: bytes) -> str:
    text = output.decode(errors="replace").strip()
    return f" Its last output:\n{text}" if text else ""
