"""An encrypted installation of real processes: Temporal, the stand-in, a worker and a codec server."""

import base64
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.e2e.command import COMMAND, Commands
from worker.local.stack import Stack

KEY: Final = base64.b64encode(bytes(range(64, 96))).decode()
OTHER_KEY: Final = base64.b64encode(bytes(range(96, 128))).decode()
TOKEN: Final = "PLANTED-codec-token-of-the-temporal-cli"


class Installation:
    """The processes, and the commands with the keys and without."""

    def __init__(self, folder: Path, stack: Stack) -> None:
        self.folder = folder
        self.stack = stack
        self.keys = keys_setting(folder)
        self.with_keys = commands(stack, {"POLYSYNC_SAGEMAKER_ENCRYPTION_KEYS": self.keys})
        self.without_keys = commands(stack, {})

    @contextmanager
    def codec_server(self, *options: str) -> Iterator["CodecProcess"]:
        """A codec server on a free port for the time of the block."""
        with codec_server({"POLYSYNC_SAGEMAKER_ENCRYPTION_KEYS": self.keys}, *options) as running:
            yield running


def keys_setting(folder: Path) -> str:
    """Write the key down in a folder; the setting that refers to it."""
    (folder / "payload-key").write_text(f"{KEY}\n")
    return f"e2e=file://{folder}/payload-key"


def commands(stack: Stack, environment: Mapping[str, str]) -> Commands:
    """The commands with more environment."""
    made = Commands(stack)
    made.environment.update(environment)
    return made


class CodecProcess:
    """A codec server that runs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stderr is not None
        started = json.loads(process.stderr.readline())
        assert started["event"] == "codec_server.started", started
        self.started = started
        self.port: int = started["port"]
        self.url = f"{'https' if started['tls'] else 'http'}://127.0.0.1:{self.port}"

    def end(self) -> tuple[int, list[dict[str, object]]]:
        """End it as a supervisor would; its exit code and what it logged."""
        self.process.terminate()
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, [json.loads(line) for line in errors.splitlines()]


@contextmanager
def codec_server(environment: Mapping[str, str], *options: str) -> Iterator[CodecProcess]:
    """Our command `codec-server` on a free port for the time of the block."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("POLYSYNC_")}
    with subprocess.Popen(  # noqa: S603 — our own command
        [COMMAND, "codec-server", "--port", "0", *options],
        env={**inherited, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield CodecProcess(process)
        finally:
            if process.poll() is None:
                process.terminate()
