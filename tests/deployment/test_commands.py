"""`pipelines diff`, `apply`, `versions`, `promote` and `export` as people call them, through a worker."""

import asyncio
import json
import os
import pty
import subprocess
from pathlib import Path
from typing import Final

from contract.definition_text import definition_text
from tests.deployment.commands import DeploymentCommands
from tests.deployment.deployer import Deployer, of_job
from tests.e2e.forked import COMMAND
from tests.standin.process import ROLE

OF_THE_SDK: Final = (Path(__file__).parents[1] / "definitions" / "sdk_pipeline.json").read_text(encoding="utf-8")


async def test_from_a_file_to_a_promoted_version(commands: DeploymentCommands, deployer: Deployer) -> None:
    """Created, unchanged, updated with its difference shown, listed, promoted, exported."""
    name = deployer.pipeline
    created = await commands("apply", commands.file("a"), "--role", ROLE, "--tag", "team=risk", "--yes")
    assert created.code == 0, created.err
    assert f"{name} will be created on default" in created.err
    assert created.out.splitlines()[0] == f"{name}: created, version 1"
    unchanged = await commands("apply", commands.file("a"), "--yes", "--json")
    assert (unchanged.code, unchanged.document["action"]) == (0, "unchanged")
    changed = await commands("apply", commands.file("b"), "--alias", "staging", "--parallelism", "2", "--yes")
    assert changed.code == 0, changed.err
    assert changed.err.splitlines()[:4] == [
        f"{name} (version 1) will be updated on default",
        "Steps",
        "  - a (Processing)",
        "  + b (Processing)",
    ]
    assert "  + max_parallel_steps  2" in changed.err
    assert "  + staging → version 2" in changed.err
    assert changed.out.splitlines()[0] == f"{name}: updated, version 2, with the alias staging"
    promoted = await commands("promote", name, "--from", "staging", "--alias", "prod")
    assert promoted.out.splitlines()[0] == f"{name}: unchanged, version 2, with the alias prod"
    listed = await commands("versions", name)
    assert [line.split()[:3] for line in listed.out.splitlines()[1:]] == [
        ["2", "staging,", "prod"],
        ["1", "-", listed.out.splitlines()[2].split()[2]],
    ]
    exported = await commands("export", name, "--version", "1")
    assert exported.document == of_job("a")
    terraform = await commands("export", name, "--alias", "prod", "--terraform")
    assert f'pipeline_name         = "{name}"' in terraform.out
    assert 'Name = "b"' in " ".join(terraform.out.split())
    assert deployer.aliases == {2: ["staging", "prod"], 1: []}


async def test_two_applies_at_once(commands: DeploymentCommands, deployer: Deployer) -> None:
    """Of one definition: both succeed, and there is one version; of two definitions: neither overwrites the other."""
    file = commands.file("a")
    both = await asyncio.gather(*(commands("apply", file, "--role", ROLE, "--yes", "--json") for _ in range(2)))
    assert [(each.code, each.document["version"]) for each in both] == [(0, 1), (0, 1)], [each.err for each in both]
    assert deployer.aliases == {1: []}
    name = ("--name", deployer.pipeline, "--yes", "--json")
    others = [json.dumps(of_job(job)) for job in ("b", "c")]
    ended = await asyncio.gather(*(commands("apply", "-", *name, "--expect", "1", stdin=text) for text in others))
    assert sorted(each.code for each in ended) == [0, 1], [each.err for each in ended]
    assert [("DeploymentConflict" in each.err) for each in ended if each.code] == [True]
    assert deployer.aliases == {2: [], 1: []}


async def test_what_the_prompt_showed_is_what_is_applied(commands: DeploymentCommands, deployer: Deployer) -> None:
    """A definition that another client deploys while the person reads is not overwritten; no is no."""
    await deployer.create()
    refused = await commands("apply", commands.file("b"))
    assert (refused.code, "There is no terminal to ask on" in refused.err) == (2, True)
    answers = [await _answered(commands, deployer, answer) for answer in ("n", "y")]
    assert [code for code, _ in answers] == [1, 1]
    assert "Nothing was changed." in answers[0][1]
    assert "DeploymentConflict" in answers[1][1]
    assert deployer.aliases == {2: [], 1: []}


async def _answered(commands: DeploymentCommands, deployer: Deployer, answer: str) -> tuple[int, str]:
    """Apply on a terminal; another client makes a version before a yes."""
    mine, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: ASYNC220, S603 — our own command, on a terminal
        [COMMAND, "pipelines", "apply", commands.file("b")],
        env=commands.environment,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    shown = ""
    while "Apply?" not in shown:
        letter = await asyncio.to_thread(process.stderr.read, 1)
        assert letter, shown
        shown += letter
    if answer == "y":
        text = definition_text(of_job("c"))
        deployer.client.update_pipeline(PipelineName=deployer.pipeline, PipelineDefinition=text)
    os.write(mine, f"{answer}\n".encode())
    _, rest = await asyncio.to_thread(process.communicate, timeout=60)
    os.close(mine)
    os.close(theirs)
    return process.returncode, shown + rest


async def test_a_difference_is_shown_and_nothing_is_changed(commands: DeploymentCommands, deployer: Deployer) -> None:
    """Of the SageMaker SDK's own definition: exit 0 for the same, 1 for another one, with the cache that it loses."""
    name = deployer.pipeline
    new = await commands("diff", name, "-", "--role", ROLE, stdin=OF_THE_SDK)
    assert (new.code, new.out.splitlines()[0]) == (1, f"{name} will be created on default"), new.err
    for action in ("created", "unchanged"):
        applied = await commands("apply", "-", "--name", name, "--role", ROLE, "--yes", "--json", stdin=OF_THE_SDK)
        assert (applied.code, applied.document["action"]) == (0, action), applied.err
    same = await commands("diff", name, "-", stdin=OF_THE_SDK)
    assert (same.code, same.out) == (0, f"{name} (version 1) on default is as wanted\n"), same.err
    changed = await commands(
        "diff", name, "-", "--parallelism", "3", stdin=OF_THE_SDK.replace("prepare:3", "prepare:4")
    )
    assert changed.code == 1, changed.err
    lines = [line.strip() for line in changed.out.splitlines()]
    assert next(line for line in lines if "prepare:4" in line).endswith("misses the cache")
    assert "+ max_parallel_steps  3" in lines
    assert lines[-2:] == ["! Prepare  it changes", "! Evaluate  it uses the results of Prepare"]
    unknown = await commands("diff", name, "-", "--alias", "nope", stdin=OF_THE_SDK)
    assert (unknown.code, "no version of the pipeline has the alias 'nope'" in unknown.err) == (2, True)
    assert deployer.aliases == {1: []}
