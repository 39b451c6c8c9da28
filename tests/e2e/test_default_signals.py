"""Processes of the embedded stack and of the tests have default signals, whatever their starter ignores."""

import subprocess
import sys
from signal import SIG_IGN, SIGHUP, SIGINT, SIGQUIT, SIGTERM, Signals, signal

import pytest

SHOW_IGNORED = (
    "import signal; print([s.name for s in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP) "
    "if signal.getsignal(s) is signal.SIG_IGN])"
)


@pytest.mark.parametrize("ignored", [SIGINT, SIGTERM, SIGQUIT, SIGHUP])
def test_a_tethered_process_has_default_signals(ignored: Signals) -> None:
    """The starter ignores the signal; the process that it starts does not."""
    before = signal(ignored, SIG_IGN)
    try:
        plain, tethered = (
            subprocess.check_output([sys.executable, *prefix, "-c", SHOW_IGNORED], text=True)  # noqa: S603 — our own code
            for prefix in ((), ("-m", "worker.local.tether", sys.executable))
        )
    finally:
        signal(ignored, before)
    assert plain == f"['{ignored.name}']\n"
    assert tethered == "[]\n"


def test_processes_of_tests_have_default_signals() -> None:
    """Pytest itself may have been started with signals ignored; `tests/conftest.py` undoes that for its children."""
    shown = subprocess.check_output([sys.executable, "-c", SHOW_IGNORED], text=True)  # noqa: S603 — our own code
    assert shown == "[]\n"
