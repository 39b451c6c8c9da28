"""What `benchmarks.peers` measures and sees, with a peer that needs no environment of its own."""

import hashlib
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from activities.resources.jobs import TRAINING
from activities.starting.job_request import read_request
from benchmarks.figures import Bar, Figure
from benchmarks.peers.__main__ import SYSTEMS, chosen
from benchmarks.peers.cases import Seen, cases
from benchmarks.peers.costs import Costs, Load, measure
from benchmarks.peers.environments import FOLDER, EnvironmentUnavailableError, make_environment
from benchmarks.peers.executions import Executions
from benchmarks.peers.followed import LostReplies, whole_seconds
from benchmarks.peers.peer import DRIVERS, Driver, Peer, PeerError
from benchmarks.peers.polysync import Polysync
from benchmarks.peers.report import AIRFLOW, OURS, SDK, Result, behaviour_of, figures_of, notes_of
from benchmarks.peers.training_jobs import TrainingJobs, request
from benchmarks.report import TextTable
from tests.long import only_when_long

POLLING_PEER = Driver("polling peer", Path(sys.executable), Path(__file__).with_name("polling_peer.py"))
LOAD = Load(runs=4, interval=1.0, minutes=0.05)
COSTS = Costs(
    calls_whole=2.0,
    calls_per_minute=0.5,
    cpu_ms_whole=4.0,
    cpu_ms_per_minute=1.0,
    memory_kib=30.0,
    idle_mib=90.0,
    latency_seconds=[5.0, 2.5, 4.8],
    server_cpu_ms_per_minute=2.0,
    operations={"ListPipelineExecutions": 12},
    reports={"Completed, Success": 4},
    unreported=0,
)


@pytest.fixture(scope="module")
async def peer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Peer]:
    """The small peer, running."""
    running = Peer(POLLING_PEER, tmp_path_factory.mktemp("peer"), Executions)
    await running.start()
    yield running
    await running.stop()


@only_when_long
async def test_costs_of_a_peer(peer: Peer) -> None:
    """Every call is counted, every end is reported after it happened, and the process has used something."""
    costs = await measure(peer, LOAD)
    assert peer.version == "polling peer 1"
    assert costs.reports == {"Succeeded": LOAD.runs}
    assert costs.unreported == 0
    assert list(costs.operations) == ["DescribePipelineExecution"]
    assert costs.calls_whole == costs.operations["DescribePipelineExecution"] / LOAD.runs
    assert len(costs.latency_seconds) == LOAD.runs
    assert min(costs.latency_seconds) >= 0
    assert costs.calls_per_minute > 0
    assert costs.cpu_ms_whole >= costs.cpu_ms_per_minute * LOAD.minutes
    assert costs.idle_mib > 1
    assert costs.server_cpu_ms_per_minute is None


@only_when_long
@pytest.mark.parametrize(
    ("case", "seen"),
    [
        (
            "expired",
            Seen("1 of 20 ended in error: ExpiredTokenException", {"Succeeded": 19, "ExpiredTokenException": 1}),
        ),
        ("stopped", Seen("Stopped, 1 s after the end", {"Stopped": 1})),
        ("completed-with-failures", Seen("CompletedWithFailures, 1 s after the end", {"CompletedWithFailures": 1})),
        (
            "lost-replies",
            Seen(
                "2 (ConnectionClosedError; the retried task: started)",
                {"ConnectionClosedError; the retried task: started": 2},
            ),
        ),
        ("killed-in-a-start", Seen("2 (the retried task: started)", {"the retried task: started": 2})),
    ],
)
async def test_what_a_peer_does_is_told(peer: Peer, case: str, seen: Seen) -> None:
    """Errors, ends and executions are those that there were."""
    found = await cases(Executions, burst_seconds=1, long_interval=1)[case].attempt(peer)
    assert replace(found, verdict=re.sub(r"\b[012] s after", "1 s after", found.verdict)) == seen


async def test_a_peer_that_does_not_start_is_told(tmp_path: Path) -> None:
    """With the place of its log."""
    broken = Peer(replace(POLLING_PEER, script=Path("no-such-script.py")), tmp_path, Executions)
    with pytest.raises(PeerError, match=r"polling peer does not start; see .*peer\.log"):
        await broken.start()


@only_when_long
async def test_ours_starts_one_execution_and_follows_to_the_end(tmp_path: Path) -> None:
    """The worker is driven like every peer: it follows, and a start whose replies are lost happens once."""
    ours = Polysync(tmp_path, Executions)
    try:
        await ours.start()
        costs = await measure(ours, replace(LOAD, runs=2))
        went = await ours.start_one(whole_seconds(0.777), LostReplies(ours.followed, 1))
        count = ours.followed.count(whole_seconds(0.777))
    finally:
        await ours.stop()
    assert costs.reports == {"Completed, Success": 2}
    assert costs.server_cpu_ms_per_minute is not None
    assert (went, count) == ("Success, after 1 lost reply", 1)


def test_peers_are_compared_with_ours() -> None:
    """Airflow's figures have the bars, and what does not apply to a system has no row."""
    airflow = replace(COSTS, calls_whole=20.0, memory_kib=149.0, server_cpu_ms_per_minute=None, latency_seconds=[])
    figures = figures_of(
        {OURS: Result(costs=COSTS), AIRFLOW: Result(costs=airflow), SDK: Result(problem="no index")}, "run"
    )
    rows = {figure.name: figure for figure in figures}
    calls = "AWS calls per run, hand-over to report"
    assert rows[f"{calls}, {OURS}"] == Figure(f"{calls}, {OURS}", 2.0, "calls")
    assert rows[f"{calls}, {AIRFLOW}"].bar == Bar(20, at_least=True)
    assert rows[f"{calls}, {AIRFLOW}"].cells()[-2:] == ("✓", "10 of ours")
    assert rows[f"memory per run, {AIRFLOW}"].cells()[-2:] == ("✗", "4.97 of ours")
    assert rows[f"latency, p50, {OURS}"].value == 4.8
    assert f"CPU of the server per run-minute, {OURS}" in rows
    assert not {f"CPU of the server per run-minute, {AIRFLOW}", f"latency, p99, {AIRFLOW}"} & rows.keys()
    assert not [name for name in rows if SDK in name]


def test_what_each_does_and_what_is_missing_is_told() -> None:
    """A case that a system did not come to is a dash; without any case there is no table."""
    results = {
        OURS: Result("ours 1", cases={"stopped": Seen("Completed, Cancelled", {})}),
        AIRFLOW: Result("airflow 9", cases={"expired": Seen("WaiterError", {})}, problem="Airflow does not run"),
        SDK: Result(problem="skipped: no index"),
    }
    titles = {"expired": "one token expires", "stopped": "execution ends as Stopped"}
    assert behaviour_of(results, titles) == TextTable(
        "What each does",
        ("case", OURS, AIRFLOW),
        [("one token expires", "-", "WaiterError"), ("execution ends as Stopped", "Completed, Cancelled", "-")],
    )
    assert behaviour_of({SDK: results[SDK]}, titles) is None
    assert notes_of(results)[:3] == [
        f"{OURS}: ours 1.",
        f"{AIRFLOW}: airflow 9, Airflow does not run.",
        f"{SDK}: skipped: no index.",
    ]


def test_an_environment_is_made_anew_only_when_its_requirements_have_changed(tmp_path: Path) -> None:
    """And one that cannot be made says why in pip's words, and is tried again the next time."""
    requirements, folder = tmp_path / "packages.txt", tmp_path / "environment"
    requirements.write_text("# nothing\n")
    folder.mkdir()
    (folder / "requirements.sha256").write_text(hashlib.sha256(b"# nothing\n").hexdigest())
    assert make_environment(requirements, folder) == folder / "bin" / "python"
    assert not (folder / "bin").exists()
    requirements.write_text(f"{tmp_path}/no-such-package.whl\n")
    with pytest.raises(
        EnvironmentUnavailableError, match=r"pip cannot install packages\.txt for Python 3\.\d+: ERROR: "
    ):
        make_environment(requirements, folder)
    assert not (folder / "requirements.sha256").exists()


def test_a_training_job_is_a_request_that_aws_takes() -> None:
    """And runs for as long as the benchmark wants, which the stand-in reads in it."""
    read = read_request(TRAINING.create, request("benchmark-1", whole_seconds(0.25)))
    assert read.problems == []
    assert read.members["HyperParameters"] == {"STANDIN_SECONDS": "250"}


@pytest.mark.parametrize("requirements", sorted((FOLDER / "requirements").glob("*.txt")), ids=lambda path: path.stem)
def test_every_requirement_has_its_version(requirements: Path) -> None:
    """The figures are those of these versions, and no line names a place."""
    lines = [line for line in requirements.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert len(lines) > 100
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; .+)?", line)] == []


def test_drivers_import_nothing_of_the_project() -> None:
    """They run where the project is not installed."""
    drivers = [path for path in DRIVERS.glob("*.py") if path.name != "__init__.py"]
    assert len(drivers) == 2
    own = re.compile(r"^\s*(from|import) (benchmarks|contract|activities|workflows|worker)\b", re.MULTILINE)
    assert [path.name for path in drivers if own.search(path.read_text(encoding="utf-8"))] == []


def test_systems_and_cases_are_chosen_by_name() -> None:
    """All, none, or some in the order given; anything else is refused with what there is."""
    assert chosen("all", SYSTEMS[Executions]) == ["ours", "airflow", "sdk"]
    assert chosen("all", SYSTEMS[TrainingJobs]) == ["ours", "airflow"]
    assert chosen("none", cases(Executions, 60, 1)) == []
    assert "completed-with-failures" not in cases(TrainingJobs, 60, 1)
    assert chosen("sdk, ours", SYSTEMS[Executions]) == ["sdk", "ours"]
    with pytest.raises(typer.BadParameter, match="'flyte' should be all, none or some of ours,airflow,sdk"):
        chosen("ours,flyte", SYSTEMS[Executions])
