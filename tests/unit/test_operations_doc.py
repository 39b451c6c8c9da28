"""What the operations handbook says about settings, commands and links is what there is."""

import re
from pathlib import Path

from typer.main import get_command

from worker.cli.app import app
from worker.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
HANDBOOK = (DOCS / "operations.md").read_text(encoding="utf-8")
NOT_OURS = re.compile(r"OTEL_\w+|HTTPS_PROXY|NO_PROXY")


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as the usual renderers make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_setting_exists() -> None:
    """Names in capitals are settings, or other programs' variables."""
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+|TRACING)(?:=\w+)?`", HANDBOOK))
    assert {name for name in named if not NOT_OURS.fullmatch(name)} <= {name.upper() for name in Settings.model_fields}
    assert {"HEALTH_ADDRESS", "METRICS_ADDRESS", "TRACING"} <= named


def test_every_command_exists() -> None:
    """Of our own; Temporal's were tried by hand."""
    commands = getattr(get_command(app), "commands")  # noqa: B009 — typer's type does not tell
    named = set(re.findall(r"polysync-sagemaker ([a-z][a-z-]+)", HANDBOOK))
    assert named <= set(commands)
    assert {"status", "run", "doctor"} <= named


def test_every_link_leads_somewhere() -> None:
    """Files exist, and so do headings of this page."""
    links = [link for link in re.findall(r"\]\(([^)]+)\)", HANDBOOK) if not link.startswith("https://")]
    assert links
    for link in links:
        path, _, anchor = link.partition("#")
        if path:
            assert (DOCS / path).exists(), link
        else:
            assert anchor in anchors(HANDBOOK), link
