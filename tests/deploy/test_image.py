"""The image test's own parts that need no engine; `make image-test` runs the whole."""

import dataclasses
from pathlib import Path

import pytest

from tests.deploy.files import ROOT
from tests.deploy.image.__main__ import BASE_IMAGE
from tests.deploy.image.checks import LIMITS, expect, expect_in
from tests.deploy.image.commands import FailedError, run
from tests.deploy.image.engine import CannotStartError, Engine
from tests.deploy.image.stack import free_ports
from tests.deploy.image.traces import Traces
from tests.deploy.test_compose import SERVICES

NOTHING = Traces(frozenset(), frozenset(), frozenset(), frozenset(), "0", frozenset())


def test_what_an_engine_leaves_is_named() -> None:
    """Each kind of trace by its name; what was there before is none."""
    before = dataclasses.replace(NOTHING, interfaces=frozenset({"lo"}))
    after = dataclasses.replace(before, interfaces=frozenset({"lo", "br-1"}), forwarding="1")
    assert after.differences(before) == ["interfaces: br-1", "forwarding: 0 became 1"]
    assert before.differences(before) == []


def test_without_debians_packages_the_reason_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the line that CI prints for a skipped test."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotStartError, match=r"started by root only|there is no apt-get"):
        Engine(tmp_path).unpack()


def test_a_command_that_fails_is_shown_with_its_output() -> None:
    """So that a failure in CI can be understood from its log."""
    with pytest.raises(FailedError, match="sh -c echo broken; exit 3: exit code 3 instead of 0\nbroken"):
        run(["sh", "-c", "echo broken; exit 3"])


def test_a_difference_fails_the_test() -> None:
    """The comparisons raise, and do not only print."""
    with pytest.raises(FailedError, match="the user: 1 instead of 2"):
        expect(1, 2, "the user")
    with pytest.raises(FailedError, match="the status: 'Success' is not in 'Failed'"):
        expect_in("Success", "Failed", "the status")


def test_ports_are_free_and_different() -> None:
    """Two services cannot share one."""
    assert len(set(free_ports(4))) == 4


def test_the_limits_are_those_of_the_compose_file() -> None:
    """The image test compares them with what the engine enforces."""
    units = {"1g": 1 << 30, "512m": 1 << 29}
    found = {name: (units[SERVICES[name]["mem_limit"]], SERVICES[name]["pids_limit"]) for name in LIMITS}
    assert found == LIMITS


def test_the_base_image_is_the_one_that_the_dockerfile_names() -> None:
    """Otherwise the engine would look for it on Docker Hub."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f"ARG PYTHON_TAG={BASE_IMAGE.removeprefix('python:')}\n" in dockerfile
    substitute = ROOT / "tests" / "deploy" / "image" / "substitutes" / "Dockerfile"
    assert f"FROM {BASE_IMAGE}\n" in substitute.read_text(encoding="utf-8")
