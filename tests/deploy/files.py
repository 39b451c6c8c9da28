"""The files of a deployment, and what the worker's code says they must agree with."""

from pathlib import Path
from typing import Any

import yaml

from worker.service import HARD_EXIT_MARGIN_SECONDS, WATCH_HANDOVER
from worker.settings import ENV_PREFIX, Settings

ROOT = Path(__file__).parents[2]


def documents(path: Path) -> list[dict[str, Any]]:
    """The documents of a YAML file."""
    return [document for document in yaml.safe_load_all(path.read_text(encoding="utf-8")) if document]


def strange_settings(environment: dict[str, Any]) -> set[str]:
    """The variables with the worker's prefix that name no setting."""
    named = {name.removeprefix(ENV_PREFIX) for name in environment if name.startswith(ENV_PREFIX)}
    return named - {name.upper() for name in Settings.model_fields}


def seconds_to_end(drain_timeout: float) -> float:
    """How long a worker may take to end after SIGTERM."""
    return max(drain_timeout, WATCH_HANDOVER.total_seconds()) + HARD_EXIT_MARGIN_SECONDS
