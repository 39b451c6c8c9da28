import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.events.moto import Moto
from tests.standin.process import until


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    """The server of moto: SQS and EventBridge of other hands."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("moto") / "log"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 — a package of ours
            [Path(sys.executable).with_name("moto_server"), "-p", str(port)], stdout=output, stderr=output
        )
    server = Moto(f"http://127.0.0.1:{port}")
    try:
        until(lambda: server.is_up() or None, 60)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)
