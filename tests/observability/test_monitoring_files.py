"""The alerts, the dashboard and the handbook: valid, and about metrics that a real worker has."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from activities.aws.error_kinds import Kind
from tests.observability.conftest import Observed
from tests.observability.scrape import Scrape
from tests.unit.test_operations_doc import HANDBOOK, anchors

ROOT = Path(__file__).parents[2]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/polysync-sagemaker.json").read_text(encoding="utf-8"))
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]

METRIC = re.compile(r"\b(?:polysync_sagemaker|temporal)_[a-z_]*[a-z]\b")
SEVERITIES = {"critical", "warning", "info"}
GRID_COLUMNS = 24


def expressions() -> dict[str, str]:
    """Every expression, by where it stands; Grafana's variables replaced by values."""
    found = {rule["alert"]: rule["expr"] for rule in RULES}
    for panel in PANELS:
        for target in panel["targets"]:
            found[f"{panel['title']} {target['refId']}"] = target["expr"]
    return {
        place: text.replace("$__rate_interval", "5m").replace("$platform", "default") for place, text in found.items()
    }


EXPRESSIONS = expressions()


def metrics_of(text: str) -> set[str]:
    """The metrics that a text names; what stands in quotes is a label's value."""
    return set(METRIC.findall(re.sub(r'"[^"]*"', "", text)))


@pytest.fixture(scope="module")
def names(observed: Observed) -> set[str]:
    """All names of a scrape, histograms also without their suffixes, as texts speak of them."""
    found = Scrape.of(observed.metrics_address).names
    return found | {name.removesuffix("_bucket") for name in found}


@pytest.mark.parametrize("place", EXPRESSIONS)
def test_every_expression_is_valid_and_its_metrics_exist(place: str, names: set[str]) -> None:
    """In Prometheus's own grammar, over what a real worker emits."""
    promql_parser.parse(EXPRESSIONS[place])
    metrics = metrics_of(EXPRESSIONS[place])
    assert metrics
    assert metrics - names == set()


@pytest.mark.parametrize("place", EXPRESSIONS)
def test_every_kind_of_error_exists(place: str) -> None:
    """A kind that was renamed would make an alert silent."""
    kinds = re.findall(r'kind(?:=|=~|!=)"([^"]*)"', EXPRESSIONS[place])
    assert {kind for group in kinds for kind in group.split("|")} <= {*Kind, "OK"}


def test_the_handbooks_metrics_exist(names: set[str]) -> None:
    """All of them, and all of ours are explained."""
    told = metrics_of(HANDBOOK)
    assert told - names == set()
    assert {
        name for name in names if name.startswith("polysync_") and not name.endswith(("_bucket", "_sum", "_count"))
    } <= told


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    """Severity, summary, description, a row of the table, and a section of the handbook that exists."""
    assert rule["labels"]["severity"] in SEVERITIES
    assert rule["annotations"].keys() == {"summary", "description", "runbook"}
    assert f"| `{rule['alert']}` |" in HANDBOOK
    document, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert document == "docs/operations.md"
    assert anchor in anchors(HANDBOOK)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="Prometheus's promtool is not installed")
def test_the_alerts_fire_when_they_should() -> None:
    """Prometheus's own tool plays the series of the file beside them."""
    tests = ROOT / "deploy/prometheus/alerts_test.yml"
    promtool = shutil.which("promtool") or ""
    ended = subprocess.run([promtool, "test", "rules", tests], capture_output=True, text=True, check=False)  # noqa: S603 — on our own file
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_table_of_alerts_has_no_row_too_many() -> None:
    """An alert that was removed leaves the handbook, too."""
    assert set(re.findall(r"^\| `(PolysyncSageMaker\w+)` \|", HANDBOOK, re.MULTILINE)) == {r["alert"] for r in RULES}


def test_the_dashboard_is_one_that_grafana_shows() -> None:
    """Unique ids, panels that do not overlap, and a data source that is asked for."""
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert {"uid", "title", "schemaVersion", "templating", "time"} <= DASHBOARD.keys()
    variables = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
    assert variables.keys() == {"datasource", "platform"}
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + column, place["y"] + line) for column in range(place["w"]) for line in range(place["h"])}
        assert place["x"] + place["w"] <= GRID_COLUMNS
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_every_panel_is_explained(panel: dict[str, Any]) -> None:
    """What is shown, of which data source."""
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"]["uid"] == "${datasource}"
    assert [target["datasource"]["uid"] for target in panel["targets"]] == ["${datasource}"] * len(panel["targets"])
