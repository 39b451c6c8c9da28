"""Signals to a worker that has not come up yet."""

import signal
import subprocess
import sys

from worker.local.worker_process import embedded_environment


def test_a_worker_that_waits_for_its_server_ends_at_once() -> None:
    """SIGTERM is not kept waiting until the patience for the Temporal server is over."""
    environment = embedded_environment("127.0.0.1:1", "http://127.0.0.1:1", {"log_format": "json"})
    with subprocess.Popen(
        [sys.executable, "-m", "worker.cli", "worker"], env=environment, stderr=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stderr is not None
        assert any("worker.connecting" in line for line in worker.stderr)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=60) == 0
