"""The short form of the storm."""

import re
import subprocess
import sys

import pytest

SEED = 20261121


@pytest.mark.timeout(480)
def test_nothing_is_lost_in_a_storm() -> None:
    """Forty runs, twenty of jobs, workers and servers killed, every fault of SageMaker; the command gives a verdict."""
    storm = subprocess.run(  # noqa: S603 — our own module
        [sys.executable, "-m", "tests.storm", f"--seed={SEED}", "--runs=40", "--jobs=20"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert storm.returncode == 0, storm.stdout + storm.stderr
    assert re.search(r"^all +40 ", storm.stdout, re.MULTILINE), storm.stdout
    assert "20 job runs with " in storm.stdout
    assert "One execution for each run that was to start" in storm.stdout
