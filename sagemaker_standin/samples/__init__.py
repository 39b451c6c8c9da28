"""Sample pipelines in SageMaker's definition schema 2020-12-01.

Members called `STANDIN_…` are addressed to the stand-in (how long a step takes, how it ends); for AWS they are plain
environment variables.
"""

from importlib.resources import files

SAMPLES: dict[str, str] = {
    entry.name.removesuffix(".json"): entry.read_text(encoding="utf-8")
    for entry in sorted(files(__name__).iterdir(), key=lambda entry: entry.name)
    if entry.name.endswith(".json")
}
"""The definition's text by pipeline name."""
