"""Texts from files and stdin."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from worker.cli.app import app
from worker.cli.definition_file import read_text
from worker.cli.json_files import read_json
from worker.cli.outcome import CommandError

READERS: dict[str, Callable[[str], Any]] = {
    "FILE": read_text,
    "--input": lambda path: read_json(path, "--input"),
    "--token": lambda path: get_command(app).main(
        ["trust-policy", "web_identity", "--token", path], standalone_mode=False
    ),
}


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Give this process a stdin as Python opens it in the locale C."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="ascii", errors="surrogateescape"))


def test_stdin_is_utf_8_in_any_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """The locale C reads ASCII, and makes of everything else what cannot be written again."""
    stdin(monkeypatch, '"é"'.encode())
    assert read_text("-") == '"é"'
    stdin(monkeypatch, '"é"'.encode())
    assert read_json("-", "--input") == "é"


@pytest.mark.parametrize(("option", "read"), READERS.items())
def test_another_encoding_is_refused(
    option: str, read: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With the option that is wrong, from stdin as from a file."""
    (tmp_path / "latin").write_bytes('"é"'.encode("latin-1"))
    for path in ("-", str(tmp_path / "latin")):
        stdin(monkeypatch, '"é"'.encode("latin-1"))
        with pytest.raises(CommandError, match=f"^{option}"):
            read(path)


@pytest.mark.parametrize(("option", "read"), READERS.items())
def test_a_closed_stdin_is_named(option: str, read: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """`<&-` leaves Python without a stdin."""
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(CommandError, match=f"^{option}: cannot read -: stdin is closed$"):
        read("-")
