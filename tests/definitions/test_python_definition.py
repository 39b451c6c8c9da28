"""FILE as Python code: evaluated in a process of its own, whatever the code does."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from worker.cli.definition_file import read_text
from worker.cli.outcome import CommandError
from worker.cli.python_definition import Evaluation

CODE = """
import os, subprocess, sys, time

DEFINITION = {"Version": "2020-12-01", "Steps": []}

def as_dict():
    print("building the pipeline")
    return DEFINITION

def as_text():
    return '{"Version": "2020-12-01", "Steps": []}'

class Pipeline:
    def definition(self):
        return as_text()

pipeline = Pipeline()

def make_pipeline():
    return Pipeline()

def neighbour():
    import neighbour
    return neighbour.DEFINITION

def hangs():
    print("still waiting")
    open("child.pid", "w").write(str(os.getpid()))
    time.sleep(600)

def floods():
    while True:
        print("x" * 10000)

def leaves_a_process():
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    return DEFINITION

def raises():
    raise RuntimeError("no bucket")

def leaves():
    sys.exit(3)

def dies():
    os.abort()

def dies_of_a_signal_without_a_name():
    os.kill(os.getpid(), 40)

def number():
    return 7
"""


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module with all ways to make a definition, in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "churn.py").write_text(CODE)
    (tmp_path / "neighbour.py").write_text("DEFINITION = {'Version': '2020-12-01', 'Steps': []}")
    return tmp_path


def evaluate(file: str, seconds: int = 60) -> str:
    """The text that FILE gives with this interpreter."""
    return read_text(file, Evaluation(sys.executable, seconds))


def test_code_gives_a_definition_in_several_ways(code: Path) -> None:
    """A dict, a text, an object with definition(), or a function that returns one; by file or by module."""
    names = ["DEFINITION", "as_dict", "as_text", "pipeline", "make_pipeline", "neighbour", "pipeline.definition"]
    files = [*(f"churn.py:{name}" for name in names), f"{code}/churn.py:as_dict", "churn:pipeline"]
    for file in files:
        assert json.loads(evaluate(file)) == {"Version": "2020-12-01", "Steps": []}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("churn.py:raises", ["failed: RuntimeError: no bucket.", 'raise RuntimeError("no bucket")']),
        ("churn.py:leaves", ["failed: SystemExit: 3."]),
        ("churn.py:dies", ["ended with SIGABRT before it gave a definition"]),
        ("churn.py:dies_of_a_signal_without_a_name", ["ended with signal 40 before it gave a definition"]),
        ("churn.py:number", ["it gave int, and must give a text, a dict or an object with definition()"]),
        ("churn.py:missing", ["failed: AttributeError", "missing"]),
        ("missing.py:make", ["failed: FileNotFoundError", "missing.py"]),
        ("missing:make", ["failed: ModuleNotFoundError"]),
    ],
)
@pytest.mark.usefixtures("code")
def test_code_that_gives_no_definition_is_explained(file: str, expected: list[str]) -> None:
    """What happened, and the last output."""
    with pytest.raises(CommandError) as found:
        evaluate(file)
    assert str(found.value).startswith(f"FILE: {file}")
    assert [text for text in expected if text not in str(found.value)] == []


def test_code_that_hangs_is_ended(code: Path) -> None:
    """With its last output; nothing is left behind."""
    with pytest.raises(CommandError, match=r"did not return within 2 s \(--timeout\)(.|\n)*still waiting"):
        evaluate("churn.py:hangs", seconds=2)
    with pytest.raises(ProcessLookupError):
        os.kill(int((code / "child.pid").read_text()), 0)


@pytest.mark.usefixtures("code")
def test_code_that_floods_its_output_is_cut() -> None:
    """It is read all the time, and little of it is kept."""
    with pytest.raises(CommandError) as found:
        evaluate("churn.py:floods", seconds=2)
    assert len(str(found.value)) < 3000


@pytest.mark.usefixtures("code")
def test_processes_that_code_leaves_behind_are_ended_and_not_waited_for() -> None:
    """They hold its output open."""
    began = time.monotonic()
    assert json.loads(evaluate("churn.py:leaves_a_process"))["Steps"] == []
    assert time.monotonic() - began < 60


@pytest.mark.usefixtures("code")
def test_an_interpreter_that_is_not_there_is_named() -> None:
    """The option is named."""
    with pytest.raises(CommandError, match="--python: cannot start /no/python: No such file"):
        read_text("churn.py:as_dict", Evaluation("/no/python"))


def test_a_file_with_a_colon_in_its_name_is_a_file(tmp_path: Path) -> None:
    """Nothing of it is run."""
    (tmp_path / "a.py:b").write_text("{}")
    assert read_text(str(tmp_path / "a.py:b")) == "{}"
