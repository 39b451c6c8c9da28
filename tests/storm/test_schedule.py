"""A storm is a pure function of its seed."""

import subprocess
import sys

from tests.storm.pipelines import PIPELINES
from tests.storm.schedule import Target, Way, schedule


def planned(seed: int) -> str:
    """What the command prints as the plan, in a process of its own."""
    command = [sys.executable, "-m", "tests.storm", "--plan", f"--seed={seed}", "--runs=40", "--minutes=0.5"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 — our own module


def test_the_same_seed_is_the_same_storm_in_every_process() -> None:
    """Nothing depends on the process: not on hashes, not on the time."""
    assert planned(7) == planned(7)
    assert planned(7) != planned(8)


def test_everything_breaks_in_every_storm() -> None:
    """However short it is, and whatever the seed."""
    for seed in range(20):
        blows = schedule(seed, 10, 20).blows
        assert {blow.target for blow in blows} == set(Target)
        assert all(0 <= blow.at < 20 for blow in blows)


def test_hundreds_of_runs_have_every_shape() -> None:
    """Each pipeline, each end, each way of a cancel, once and twice, at once and later."""
    runs = schedule(7, 300, 60).runs
    assert {run.pipeline for run in runs} == set(PIPELINES)
    assert {run.asked_for for run in runs} == {
        "succeeds",
        "fails",
        "with a timeout",
        *(f"cancelled {way}" for way in Way),
        "cancelled natively and by signal",
    }
    cancels = [run.cancels for run in runs if run.cancels]
    assert {len(each) for each in cancels} == {1, 2}
    assert {each[0].after == 0 for each in cancels} == {True, False}
    assert sorted(run.number for run in runs) == list(range(300))
