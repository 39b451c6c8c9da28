"""The arithmetic of the benchmarks: percentiles, figures beside bars and baselines, rates over time."""

import asyncio
import time
from dataclasses import replace

import pytest

from benchmarks.command import numbers
from benchmarks.figures import Bar, Baseline, Figure, number_text
from benchmarks.fleet import HistorySize
from benchmarks.pacing import at_moments, at_most, random_moments
from benchmarks.quantiles import median, quantile
from benchmarks.report import own_command
from benchmarks.timeline import Timeline
from benchmarks.waiting_events import Pair, figures_of_events
from benchmarks.waiting_figures import Latencies, Steady, Waited, figures_of, figures_of_workers

STEADY = Steady(
    runs=100,
    interval=5.0,
    minutes=2.0,
    calls={"ListPipelineExecutions": 24, "DescribePipelineExecution": 6},
    worker_cpu_seconds=0.4,
    server_cpu_seconds=1.0,
    rss_bytes=150 * 1024**2,
    idle_rss_bytes=140 * 1024**2,
    histories=[HistorySize(0, 0), HistorySize(1, 240)],
)
LATENCIES = Latencies(
    ended=4,
    completed=3,
    detection_seconds=[1.0, 2.0, 9.0],
    closed_histories=[HistorySize(20, 4_000), HistorySize(31, 5_000), HistorySize(22, 6_000)],
    stop_seconds=[0.1, 0.2],
)


def figures(runs: int = 100, pipelines: int = 1) -> dict[tuple[str, str], Figure]:
    """The figures by name and unit."""
    waited = Waited(runs, pipelines, 5.0, 50.0, STEADY, LATENCIES)
    return {(figure.name, figure.unit): figure for figure in figures_of(waited)}


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100), (0.001, 1), (0.07, 7), (0.505, 51)]
)
def test_a_quantile_is_one_of_the_values(share: float, expected: int) -> None:
    """Nearest rank, whatever the order; 0.07 * 100 is a little more than 7 in binary."""
    assert quantile(list(range(100, 0, -1)), share) == expected


def test_the_median_of_an_even_number_is_the_lower_one() -> None:
    """It never invents a value between two measured ones."""
    assert (median([4, 1, 3, 2]), median([7]), median([])) == (2, 7, None)


@pytest.mark.parametrize("share", [0, 1.01, -0.5])
def test_no_quantile_outside_of_the_values(share: float) -> None:
    """A share in percent is a mistake of the caller."""
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        quantile([1, 2], share)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0, "0"), (20.0, "20"), (12_345.6, "12,346"), (123.4, "123"), (1.239, "1.24"), (0.01234, "0.0123")],
)
def test_numbers_have_three_significant_digits(value: float | None, text: str) -> None:
    """Whole numbers keep all of theirs, and large ones are grouped."""
    assert number_text(value) == text


def test_a_figure_tells_whether_it_reached_its_bar() -> None:
    """At most, at least, none; what could not be measured did not reach it."""
    reached = [
        Figure("f", 30, "events", Bar(30)).is_reached,
        Figure("f", 31, "events", Bar(30)).is_reached,
        Figure("f", 31, "events", Bar(30, at_least=True)).is_reached,
        Figure("f", None, "events", Bar(30)).is_reached,
        Figure("f", 31, "events").is_reached,
    ]
    assert reached == [True, False, True, False, None]


def test_a_figures_row_has_bar_verdict_and_ratio() -> None:
    """What the table shows and the documents repeat."""
    figure = Figure("calls", 3.0, "calls", Bar(2), Baseline("a describe each", 12.0))
    assert figure.cells() == ("calls", "3", "calls", "≤ 2", "✗", "0.250 of a describe each")
    assert Figure("calls", 3.0, "calls", baseline=Baseline("nothing", 0.0)).cells() == (
        "calls",
        "3",
        "calls",
        "",
        "",
        "",
    )


def test_costs_are_divided_by_runs_and_minutes() -> None:
    """Calls, CPU time, memory and history of 100 runs in two minutes."""
    found = figures()
    assert found["AWS calls per run-minute", "calls"].cells()[1:] == (
        "0.150",
        "calls",
        "≤ 0.250",
        "✓",
        "0.0125 of a describe each",
    )
    assert found["  ListPipelineExecutions", "calls"].value == pytest.approx(0.12)
    assert found["worker CPU per run-minute", "ms"].value == pytest.approx(2.0)
    assert found["server CPU per run-minute", "ms"].value == pytest.approx(5.0)
    assert found["worker memory per open run", "KiB"].value == pytest.approx(102.4)
    # Two histories, 24 polls each.
    assert found["history per poll", "bytes"].value == pytest.approx(5.0)
    assert STEADY.calls_per_interval == pytest.approx(1.25)


def test_latencies_and_histories_are_told_against_their_bars() -> None:
    """The longest history, the slowest end, and a run that did not complete."""
    found = figures()
    assert found["history of a closed run, longest", "events"].is_reached is False
    assert found["history of a closed run, median", "bytes"].value == 5_000
    assert found["end → run closed, p50", "s"].cells()[1:] == ("2", "s", "", "", "0.400 of the interval")
    assert found["end → run closed, p99", "s"].cells()[1:5] == ("9", "s", "≤ 7.50", "✗")
    assert found["signal → stop accepted, p99", "s"].is_reached is True
    assert found["runs completed after their execution's end", "runs"].is_reached is False


def test_bars_hold_for_the_sizes_that_they_were_set_for() -> None:
    """Few runs share the fixed cost of a worker, and of a list of their pipeline."""
    calls, cpu = ("AWS calls per run-minute", "calls"), ("worker CPU per run-minute", "ms")
    assert [figures(100)[calls].bar, figures(100)[cpu].bar] == [Bar(0.25), None]
    assert [figures(99)[calls].bar, figures(1_000, pipelines=11)[calls].bar] == [None, None]
    memory = ("worker memory per open run", "KiB")
    assert [figures(1_000)[cpu].bar, figures(1_000)[memory].bar] == [Bar(1), None]
    assert figures(10_000)[memory].bar == Bar(60)


def test_several_workers_are_compared_with_one() -> None:
    """The calls for all runs in one interval."""
    rows = [figure.cells() for figure in figures_of_workers({1: STEADY, 2: STEADY})]
    assert [row[0] for row in rows] == ["AWS calls per interval, 1 worker(s)", "AWS calls per interval, 2 worker(s)"]
    assert {row[-1] for row in rows} == {"1 of one worker"}
    assert figures_of_workers({2: STEADY})[0].baseline is None


def timeline(*samples: tuple[float, int]) -> Timeline:
    """A timeline of samples: moment, calls so far."""
    moments, totals = iter([moment for moment, _ in samples]), iter([total for _, total in samples])
    made = Timeline(lambda: {"DescribePipelineExecution": next(totals)}, lambda: next(moments))
    for _ in samples[1:]:
        made.take()
    return made


def test_rates_are_between_the_samples_before_two_moments() -> None:
    """Between samples nothing is known."""
    calls = timeline((0, 0), (1, 10), (2, 10), (3, 40))
    assert calls.rate(0, 3) == pytest.approx(40 / 3)
    assert calls.rate(0.9, 1.9) == pytest.approx(10)
    with pytest.raises(ValueError, match="no two samples"):
        calls.rate(1.2, 1.8)


def test_full_speed_is_a_whole_window() -> None:
    """A single quick second is not full speed."""
    calls = timeline((0, 0), (1, 1), (2, 9), (3, 10), (4, 18), (5, 26))
    assert calls.first_window(2, 8, after=1) == 3
    assert calls.first_window(2, 9, after=0) is None
    assert calls.first_window(1, 8, after=2.5) == 3


async def test_jobs_are_bounded_and_come_back_in_order() -> None:
    """Two at once, never three."""
    under_way, most = 0, 0

    async def job(item: int) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return item * 10

    assert await at_most(2, job, [1, 2, 3, 4]) == [10, 20, 30, 40]
    assert most == 2


async def test_jobs_wait_for_their_moments() -> None:
    """None is early, and a slow one delays no other."""
    began = time.monotonic()
    gate = asyncio.Event()

    async def job(item: str) -> float:
        if item == "slow":
            await gate.wait()
        else:
            gate.set()
        return time.monotonic() - began

    first, second = await at_moments([0.0, 0.05], job, ["slow", "quick"])
    assert first >= 0.05
    assert second >= 0.05


def test_moments_are_repeatable() -> None:
    """The same seed, the same moments, in order and within the time."""
    moments = random_moments(50, 7.0, seed=3)
    assert moments == sorted(moments) == random_moments(50, 7.0, seed=3)
    assert all(0 <= moment <= 7.0 for moment in moments)


def test_lists_of_numbers_are_read() -> None:
    """`--workers 1,2,4`; anything else is refused with an example."""
    assert numbers("1, 2,4") == [1, 2, 4]
    for wrong in ("", "0", "1,,2", "two", "1.5", "-1"):
        with pytest.raises(Exception, match="such as 1,2,4"):
            numbers(wrong)


def test_a_result_names_its_command_and_no_place_of_this_machine() -> None:
    """The path of the interpreter says nothing to another reader."""
    command = own_command(["/home/someone/.venv/bin/python", "-m", "benchmarks.waiting", "--runs", "100"])
    assert command == "python -m benchmarks.waiting --runs 100"


def test_events_are_compared_with_polls() -> None:
    """Calls of SageMaker and of SQS apart; the bar is a tenth of today's calls of one worker."""
    polls = replace(STEADY, runs=1_000, calls={"ListPipelineExecutions": 2_000})
    events = replace(polls, calls={"ListPipelineExecutions": 100, "ReceiveMessage": 80, "DeleteMessageBatch": 20})
    pair = Pair(*(Waited(1_000, 1, 5.0, 50.0, steady, LATENCIES) for steady in (polls, events)))
    found = {figure.name: figure for figure in figures_of_events({1: pair})}
    calls = found["SageMaker calls per run-minute, events, 1 worker(s)"]
    assert (calls.value, calls.bar, calls.ratio) == (0.05, Bar(0.1), 0.05)
    assert found["SQS calls per run-minute, events, 1 worker(s)"].value == 0.05
    assert found["end → run closed, p99, events, 1 worker(s)"].is_reached is False
