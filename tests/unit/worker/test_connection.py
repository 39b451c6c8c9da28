"""What is told when Temporal cannot be reached."""

from pathlib import Path

import pytest

from worker.connection import CannotConnectError, connect
from worker.local.ports import free_port
from workflows.payloads import data_converter


async def test_a_server_that_does_not_answer_is_told_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """And with what to do about it."""
    address = f"127.0.0.1:{free_port(0)}"
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    with pytest.raises(CannotConnectError) as raised:
        await connect(data_converter)
    assert str(raised.value).startswith(f"No Temporal server answers at {address} (")
    assert str(raised.value).endswith("or set TEMPORAL_ADDRESS.")


async def test_a_configuration_that_cannot_be_read_is_told_as_such(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A typing error in a profile is no missing server."""
    broken = tmp_path / "temporal.toml"
    broken.write_text("[profile.default\n", encoding="utf-8")
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(broken))
    with pytest.raises(CannotConnectError, match="Temporal's configuration cannot be read"):
        await connect(data_converter)
