"""From code of the real SageMaker Python SDK to a run by alias, with the real command; minutes, so `FAULTS=long`."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from benchmarks.peers.environments import EnvironmentUnavailableError, environment_python
from tests.deployment.commands import DeploymentCommands
from tests.deployment.deployer import Deployer
from tests.long import only_when_long
from tests.standin.process import ROLE

CODE: Final = Path(__file__).parents[1] / "definitions" / "sdk_pipeline.py"
LOST: Final = [
    "These steps lose their cached results and run again",
    "  ! Prepare  it changes",
    "  ! Evaluate  it uses the results of Prepare",
]


@pytest.fixture
def from_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:
    """FILE and the options for it: a copy of the SDK's code, in an environment of the SDK's own."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    try:
        python = environment_python("sagemaker")
    except EnvironmentUnavailableError as error:
        pytest.skip(str(error))
    shutil.copy(CODE, tmp_path)
    return f"{tmp_path / CODE.name}:pipeline", "--python", str(python), "--timeout", "300"


@only_when_long
@pytest.mark.timeout(1800)
async def test_from_the_sdks_code_to_a_run_by_alias(
    commands: DeploymentCommands, deployer: Deployer, from_code: Sequence[str], tmp_path: Path
) -> None:
    """Linted, applied twice, changed, its lost cache shown, promoted, and run; each version is what the SDK writes."""
    name, deployed = deployer.pipeline, CODE.with_suffix(".json").read_text(encoding="utf-8")
    linted = await commands("lint", *from_code, "--strict")
    assert (linted.code, linted.out.splitlines()[-1]) == (0, "1 definition checked: nothing found"), linted.err
    to_apply = ("apply", *from_code, "--name", name, "--yes", "--json")
    for action in ("created", "unchanged"):
        applied = await commands(*to_apply, "--role", ROLE)
        assert (applied.code, applied.document["action"], applied.document["version"]) == (0, action, 1), applied.err
    assert (await commands("export", name)).document == json.loads(deployed)
    code = tmp_path / CODE.name
    code.write_text(code.read_text(encoding="utf-8").replace("prepare:3", "prepare:4"), encoding="utf-8")
    changed = await commands("diff", name, *from_code)
    assert (changed.code, changed.out.splitlines()[-3:]) == (1, LOST), changed.err
    updated = await commands(*to_apply, "--alias", "staging")
    assert (updated.code, updated.document["action"], updated.document["version"]) == (0, "updated", 2), updated.err
    assert (await commands("export", name)).document == json.loads(deployed.replace("prepare:3", "prepare:4"))
    promoted = await commands("promote", name, "--from", "staging", "--alias", "prod")
    assert promoted.out.splitlines()[0] == f"{name}: unchanged, version 2, with the alias prod", promoted.err
    run = await commands.any("run", name, "--pipeline-version-alias", "prod", "--json")
    assert run.code == 0, run.err
    document = run.document["run"]
    assert (document["status"], document["pipeline_version_id"]) == ("Success", 2)
    assert deployer.aliases == {2: ["staging", "prod"], 1: []}
