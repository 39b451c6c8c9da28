"""Sample pipelines in SageMaker's definition schema 2020-12-01, and a sample request for each kind of job.

Members called `STANDIN_…` are addressed to the stand-in (how long a step takes, how it ends); for AWS they are plain
environment variables.
"""

import json
from importlib.resources import files
from typing import Any

SAMPLES: dict[str, str] = {
    entry.name.removesuffix(".json"): entry.read_text(encoding="utf-8")
    for entry in sorted(files(__name__).iterdir(), key=lambda entry: entry.name)
    if entry.name.endswith(".json")
}
"""The definition's text by pipeline name."""

JOB_SAMPLES: dict[str, dict[str, Any]] = {
    entry.name.removesuffix(".json"): json.loads(entry.read_text(encoding="utf-8"))
    for entry in sorted(files(__name__).joinpath("jobs").iterdir(), key=lambda entry: entry.name)
}
"""The request by AWS's operation, such as `CreateTrainingJob`."""
