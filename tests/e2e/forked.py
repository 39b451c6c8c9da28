"""Our command in processes of their own that have imported it before: an import takes a second of CPU."""

import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

COMMAND: Final = str(Path(sys.executable).parent / "polysync-sagemaker")
STREAMS: Final = ("stdin", "stdout", "stderr")

_PROCESSES: Final = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["worker.cli.app"])


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Stdout, which must be exactly one JSON document."""
        return json.loads(self.out)


def call(arguments: Sequence[str], environment: Mapping[str, str], *, stdin: str = "", seconds: float = 120) -> Ended:
    """Call `polysync-sagemaker` with exactly this environment, and wait for its end."""
    with tempfile.TemporaryDirectory() as name:
        stdin_file, stdout_file, stderr_file = (Path(name, stream) for stream in STREAMS)
        stdin_file.write_text(stdin, encoding="utf-8")
        process = _PROCESSES.Process(target=_main, args=(list(arguments), dict(environment), name))
        process.start()
        process.join(seconds)
        if (code := process.exitcode) is None:
            process.kill()
            process.join()
        process.close()
        out, err = (file.read_text(encoding="utf-8") for file in (stdout_file, stderr_file))
    assert code is not None, f"{arguments} still runs after {seconds} s: {out}{err}"
    return Ended(code, out, err)


def _main(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    for number, (stream, flags) in enumerate(
        zip(STREAMS, (os.O_RDONLY, os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_CREAT), strict=True)
    ):
        os.dup2(os.open(Path(folder, stream), flags, 0o600), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 — for the rest of the process
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [COMMAND, *arguments]
    # Imported already in the process from which this one is forked, and not wanted in that of the tests.
    from worker.cli.app import main  # noqa: PLC0415

    main()
