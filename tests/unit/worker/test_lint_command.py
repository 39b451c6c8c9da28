"""`pipelines lint`: its formats, its exit codes, and the rules that are switched off."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifLog
from typer.testing import CliRunner, Result

from activities.definitions.rules.table import RULES
from tests.unit.activities.definitions.samples import churn, training, written
from worker.cli.app import app
from worker.cli.outcome import CommandError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: a definition without findings, one with a warning, one with an error."""
    monkeypatch.chdir(tmp_path)
    warned, broken = churn(), churn()
    del warned["Steps"][1]["CacheConfig"]
    broken["Steps"].append(training("Train"))
    for name, document in {"good": churn(), "warned": warned, "broken": broken}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document, indent=2))
    return tmp_path


def linted(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["pipelines", "lint", *arguments])


def error_of(result: Result) -> str:
    """The error that a person is shown."""
    assert isinstance(result.exception, CommandError)
    return str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["good.json"], 0),
        (["good.json", "--strict"], 0),
        (["warned.json"], 0),
        (["warned.json", "--strict"], 1),
        (["good.json", "broken.json"], 1),
        (["good.json", "--rules", "regulated", "--artifact-prefix", "s3://churn-artifacts/prod/"], 0),
        (["good.json", "--rules", "regulated", "--artifact-prefix", "s3://churn-artifacts/test/"], 1),
        (["good.json", "--rules", "mine"], 2),
    ],
)
def test_exit_codes(arguments: list[str], exit_code: int) -> None:
    """0 without errors, 1 with errors, with --strict also with warnings."""
    assert linted(*arguments).exit_code == exit_code


def test_text_names_place_rule_step_and_remedy() -> None:
    """A line that editors and CIs recognise: file, line, column."""
    finding, path, remedy, summary = linted("warned.json").stdout.splitlines()
    assert finding.startswith("warned.json:87:5: warning cache-off  Train: the step has no CacheConfig, so that")
    assert (path.strip(), summary) == ("$.Steps[1]", "1 definition checked: 1 warning")
    assert remedy.strip().startswith('Add "CacheConfig": {"Enabled": true, "ExpireAfter": "P30D"}')
    assert remedy.endswith("https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching-enabling.html")


def test_json_has_every_part_of_a_finding() -> None:
    """Scripts read it."""
    (file,) = json.loads(linted("warned.json", "--format", "json").stdout)["files"]
    (finding,) = file["findings"]
    assert {name: finding[name] for name in ("rule", "severity", "step", "path", "line", "column")} == {
        "rule": "cache-off",
        "severity": "warning",
        "step": "Train",
        "path": "$.Steps[1]",
        "line": 87,
        "column": 5,
    }
    assert linted("warned.json", "--json").stdout == linted("warned.json", "--format", "json").stdout


def sarif(*arguments: str) -> dict[str, Any]:
    """The SARIF log, which the models made of OASIS's schema take."""
    document: dict[str, Any] = json.loads(linted(*arguments, "--format", "sarif").stdout)
    SarifLog.model_validate(document)
    return document["runs"][0]  # type: ignore[no-any-return]


def test_sarif_is_valid_and_points_to_lines() -> None:
    """Rules, levels, and the place in the file."""
    run = sarif("broken.json", "warned.json")
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [rule.id for rule in RULES]
    results = [(result["ruleId"], result["level"]) for result in run["results"]]
    assert results == [("names", "error"), ("cache-off", "warning")]
    place = run["results"][1]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "warned.json"}, "region": {"startLine": 87, "startColumn": 5}}


def test_a_rule_is_switched_off_with_a_reason(folder: Path) -> None:
    """It no longer counts; SARIF shows it as suppressed, with the reason."""
    (folder / ".pipeline-lint.toml").write_text('[off]\ncache-off = "Training data changes every night"\n')
    shown = linted("warned.json", "--strict")
    assert (shown.exit_code, shown.stdout) == (0, "1 definition checked: nothing found (1 switched off)\n")
    (result,) = sarif("warned.json")["results"]
    assert result["suppressions"][0]["justification"] == "Training data changes every night"


def test_a_rule_is_switched_off_for_some_steps(folder: Path) -> None:
    """Other steps still count."""
    for step, exit_code in (("Train", 0), ("Prepare", 1)):
        text = f'[off]\ncache-off = {{ reason = "New data each night", steps = ["{step}"] }}\n'
        (folder / "switches.toml").write_text(text)
        assert linted("warned.json", "--strict", "--config", "switches.toml").exit_code == exit_code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[off]\ncache-of = 'x'", "there is no rule 'cache-of'"),
        ("[off]\ncache-off = ''", "cache-off needs a reason"),
        ("[off]\ncache-off = true", "cache-off needs a reason"),
        ("[off]\ncache-off = { steps = ['Train'] }", "cache-off needs a reason"),
        ("[rules]\ncache-off = 'x'", "only the table [off] is known"),
        ("off", "is not TOML"),
    ],
)
def test_switches_that_are_wrong_are_refused(folder: Path, text: str, expected: str) -> None:
    """A typing error must not switch a rule off, nor leave it on without a word."""
    (folder / ".pipeline-lint.toml").write_text(text)
    assert expected in error_of(linted("good.json"))


def test_what_cannot_be_read_is_an_error_of_use() -> None:
    """Exit code 2, unlike a definition that AWS refuses."""
    assert "cannot read missing.json: No such file or directory" in error_of(linted("missing.json"))
    assert "must be a place in S3" in error_of(linted("good.json", "--artifact-prefix", "bucket"))
    assert "cannot read missing.toml" in error_of(linted("good.json", "--config", "missing.toml"))


def test_text_from_a_definition_moves_no_cursor(folder: Path) -> None:
    """Names of steps are printed without control characters."""
    hostile = churn()
    hostile["Steps"][1]["Name"] = "x\x1b[2J"
    (folder / "hostile.json").write_text(written(hostile))
    for form in ("text", "json", "sarif"):
        assert "\x1b" not in linted("hostile.json", "--format", form).stdout


def test_a_definition_comes_from_stdin() -> None:
    """As the last part of a pipe."""
    shown = CliRunner().invoke(app, ["pipelines", "lint", "-"], input=written(churn()))
    assert (shown.exit_code, shown.stdout) == (0, "1 definition checked: nothing found\n")


def test_what_is_switched_off_hides_nothing_that_fails(folder: Path) -> None:
    """However often it was found: a limit of what is listed must not let a definition pass."""
    steps = [{"Name": f"s{number}", "Type": "Training"} for number in range(1100)]
    late = {"Name": "Last", "Type": "Training", "CacheConfig": {"Enabled": False}, "Arguments": {}}
    (folder / "many.json").write_text(json.dumps(churn() | {"Steps": [*steps, late]}))
    off = 'cache-off = "x"\nno-retry = "x"\nruntime = { reason = "x", steps = [%s] }\n'
    (folder / ".pipeline-lint.toml").write_text("[off]\n" + off % ", ".join(f'"{step["Name"]}"' for step in steps))
    shown = linted("many.json", "--strict")
    assert (shown.exit_code, "warning runtime  Last: the job has no MaxRuntimeInSeconds" in shown.stdout) == (1, True)
    assert shown.stdout.splitlines()[-1] == "1 definition checked: 1 warning (3301 switched off)"
