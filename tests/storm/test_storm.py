"""The short form of the storm."""

import re
import subprocess
import sys

import pytest

SEED = 20261121


@pytest.mark.timeout(480)
def test_nothing_is_lost_in_a_storm() -> None:
    """Workers and servers are killed, SageMaker has every fault; the command gives a verdict."""
    storm = subprocess.run(  # noqa: S603 — our own module
        [sys.executable, "-m", "tests.storm", f"--seed={SEED}", "--runs=24", "--jobs=12"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert storm.returncode == 0, storm.stdout + storm.stderr
    assert re.search(r"^all +24 ", storm.stdout, re.MULTILINE), storm.stdout
    assert "12 job runs: " in storm.stdout
    counts = re.search(r"^(\d+) attempts began, (\d+) jobs were created, 0 are left", storm.stdout, re.MULTILINE)
    assert counts is not None, storm.stdout
    assert counts[1] == counts[2]
    assert "One execution for each run that was to start" in storm.stdout
