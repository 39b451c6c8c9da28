"""Where the dependencies come from, why they are there, and what they allow."""

import importlib.metadata
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.files import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
DECISIONS = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")


def names(requirements: list[str]) -> set[str]:
    """The names of requirements, without their extras and versions."""
    return {found[0] for requirement in requirements if (found := re.match(r"[A-Za-z0-9.-]+", requirement))}


SHIPPED = names(PROJECT["project"]["dependencies"]) | {
    name for extra in PROJECT["project"]["optional-dependencies"].values() for name in names(extra)
}
DEVELOPMENT = names(PROJECT["dependency-groups"]["dev"])

PERMISSIVE = {
    "MIT",
    "Apache-2.0",
    "BSD-3-Clause",
    "BSD-2-Clause",
    "MIT OR Apache-2.0",
    "Apache-2.0 OR BSD-3-Clause",
    # Parts of the regex package come from CPython 1.6; its licence is permissive.
    "Apache-2.0 AND CNRI-Python",
}
"""Licences whose code an Apache-2.0 project may depend on and ship beside its own."""

WEAK_COPYLEFT = {"MPL-2.0"}
"""Of whole files: for development only, since nothing of it is shipped."""

SPELLINGS = {
    "MIT License": "MIT",
    "Apache": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
}

UNTOLD = {"promql-parser": "MIT"}
"""Licences that stand in the distribution's LICENSE file and not in its metadata (read there, version 0.11.0)."""


def licence(name: str) -> str:
    """A distribution's licence as SPDX has it: its expression, its free text, or its classifier."""
    told = importlib.metadata.metadata(name).json
    classifiers = [each.rpartition(" :: ")[2] for each in told.get("classifier", []) if "License ::" in each]
    found = str(told.get("license_expression") or told.get("license") or next(iter(classifiers), "unknown"))
    return UNTOLD.get(name, SPELLINGS.get(found, found))


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_what_is_shipped_has_a_permissive_licence(name: str) -> None:
    """Compatible with Apache-2.0, without conditions on our own code."""
    assert licence(name) in PERMISSIVE


@pytest.mark.parametrize("name", sorted(DEVELOPMENT - SHIPPED))
def test_what_is_for_development_has_a_free_licence(name: str) -> None:
    """It is never distributed with the worker."""
    assert licence(name) in PERMISSIVE | WEAK_COPYLEFT


@pytest.mark.parametrize("name", sorted(SHIPPED | DEVELOPMENT))
def test_every_direct_dependency_has_its_reason(name: str) -> None:
    """In the decision on dependencies, by its name."""
    section = DECISIONS.split("## 23. Dependencies")[1].split("\n## ")[0]
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", section)


def files(package: dict[str, Any]) -> list[dict[str, Any]]:
    """The files that a package of the lock may be installed from."""
    return [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]


def test_everything_in_the_lock_has_a_hash() -> None:
    """What an index serves must be what was locked; the project itself is the only exception."""
    own = [package["name"] for package in LOCK["package"] if "editable" in package["source"]]
    assert own == [PROJECT["project"]["name"]]
    unhashed = [
        file["url"]
        for package in LOCK["package"]
        for file in files(package)
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", file.get("hash", ""))
    ]
    assert unhashed == []
    assert [each["name"] for each in LOCK["package"] if not files(each) and each["name"] not in own] == []


def test_everything_in_the_lock_comes_from_the_public_index() -> None:
    """Neither from a machine's own mirror nor from a repository's branch."""
    sources = {package["source"].get("registry") for package in LOCK["package"]} - {None}
    assert sources == {"https://pypi.org/simple"}
    hosts = {file["url"].split("/")[2] for package in LOCK["package"] for file in files(package)}
    assert hosts == {"files.pythonhosted.org"}


@pytest.mark.parametrize(
    ("said", "code", "expected", "told"),
    [
        ("Found no known vulnerabilities", 0, 0, "Found no known"),
        ("Found 1 vulnerability", 1, 1, "Found 1"),
        ("error: the lock file is not current", 2, 2, "not current"),
        ("error: Request failed\n  cause: dns error", 2, 0, "skipped: the advisory service cannot be reached"),
    ],
)
def test_an_audit_fails_for_findings_and_not_for_the_network(
    tmp_path: Path, said: str, code: int, expected: int, told: str
) -> None:
    """The service is on the internet, and where the script runs may be none."""
    uv = tmp_path / "uv"
    uv.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit {code}\n", encoding="utf-8")
    uv.chmod(0o755)
    done = subprocess.run(  # noqa: S603 — our own script
        [ROOT / ".ci" / "audit"], env={**os.environ, "UV": str(uv)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == expected
    assert told in done.stdout
