"""Platforms files for the tests, and what is made of them."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError
from activities.resources.operations import LIST_PIPELINES
from tests.workflows.stage import Stage
from worker.platform_calls import open_platform_calls
from worker.settings import Settings

UsedKeys = Callable[[], list[str]]
"""Tells which key ids SageMaker saw."""


class PlatformFile:
    """A platforms file in a test's own folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "platforms.toml"

    def write(self, text: str) -> "PlatformFile":
        """Write the file's text."""
        self.path.write_text(text)
        return self

    def put(self, name: str, text: str) -> Path:
        """Write another file of the folder."""
        path = self.folder / name
        path.write_text(text)
        return path

    def set(self, line: str) -> None:
        """Add an attribute to the first platform."""
        self.write(self.path.read_text().replace("region =", f"{line}\nregion =", 1))

    def platform(self, auth: Mapping[str, Any], *, name: str = "default", more: str = "", **attributes: Any) -> None:
        """Write one platform in us-east-1; `more` is TOML that follows."""
        self.write(
            f'[platforms.{name}]\nregion = "us-east-1"\npoll_interval = 1\nheartbeat_timeout = 5\n{_toml(attributes)}'
            f"[platforms.{name}.auth]\n{_toml(auth)}\n{more}"
        )

    def calls(self) -> SageMakerCalls:
        """What a worker with this file has."""
        return open_platform_calls(Settings(platforms_file=self.path, aws_threads=32))

    def worker(self, stage: Stage) -> AbstractAsyncContextManager[None]:
        """Run a stage's worker with this file."""
        return stage.worker(region=None, endpoint_url=None, platforms_file=self.path)


async def looked(calls: SageMakerCalls) -> None:
    """Call SageMaker once on the platform `default`."""
    await calls.call(calls.platforms["default"], LIST_PIPELINES, MaxResults=1)


async def refused(file: PlatformFile) -> AwsError:
    """What a first call raises."""
    calls = file.calls()
    try:
        with pytest.raises(AwsError) as raised:
            await looked(calls)
    finally:
        calls.close()
    return raised.value


def _toml(values: Mapping[str, Any]) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items() if value is not None)
