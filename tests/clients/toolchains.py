"""Temporal's clients in other languages, each built once per lock file into pytest's cache."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

SOURCES: Final = Path(__file__).parent
OLDEST_NODE: Final = 20
OLDEST_JAVA: Final = 17
BUILD_SECONDS: Final = 240.0
"""Enough for a cold build on a busy machine; a warm one takes a second."""


def typescript(folder: Path) -> list[str]:
    """Install the packages from npm; the command that runs the client."""
    node, npm = program("node"), program("npm")
    version = output([node, "--version"]).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"node {version} is older than {OLDEST_NODE}")
    if not (folder / "node_modules" / ".package-lock.json").exists():
        built([npm, "ci", "--prefix", str(folder)], folder)
    return [node, str(folder / "client.mjs")]


def go(folder: Path) -> list[str]:
    """Build the client with modules from Go's proxy; the command that runs it."""
    if not (folder / "client").exists():
        built([program("go"), "build", "-o", "client", "."], folder)
    return [str(folder / "client")]


def java(folder: Path) -> list[str]:
    """Fetch the libraries from Maven's repository; the command that compiles and runs the client."""
    runtime, maven = program("java"), program("mvn")
    said = output([runtime, "-version"]).stderr
    version = said.partition('"')[2].partition(".")[0]
    if not version.isdecimal() or int(version) < OLDEST_JAVA:
        pytest.skip(f"Java is older than {OLDEST_JAVA}: {said.strip()}")
    libraries = folder / "libraries"
    if not libraries.exists():
        copying = ["dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=fetched"]
        built([maven, "--quiet", "--batch-mode", *copying], folder)
        (folder / "fetched").rename(libraries)
    return [runtime, "-cp", str(libraries / "*"), str(folder / "Client.java")]


LANGUAGES: Final[Mapping[str, Callable[[Path], list[str]]]] = {"typescript": typescript, "go": go, "java": java}


def client_command(language: str, cache: pytest.Cache) -> list[str]:
    """Build the client of a language; a missing toolchain or registry skips the test."""
    source = SOURCES / language
    files = sorted(path for path in source.iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    folder = cache.mkdir(f"client-{language}-{digest}")
    for path in files:
        shutil.copy(path, folder)
    return LANGUAGES[language](folder)


def program(name: str) -> str:
    """Find a program; its absence skips the test."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def built(command: list[str], folder: Path) -> None:
    """Run a step of a build; its failure skips the test, since it may be for want of a registry."""
    ended = output(command, folder)
    if ended.returncode != 0:
        said = (ended.stderr or ended.stdout).strip()[-300:]
        pytest.skip(f"{' '.join(command[:2])} failed, perhaps because its registry cannot be reached: {said}")


def output(command: list[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it prints."""
    return subprocess.run(  # noqa: S603 — toolchains found on the path
        command, cwd=folder, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
    )
