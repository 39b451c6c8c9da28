"""The courses that a deployment can take, each played on a real server so that its history can be recorded."""

import asyncio
from typing import Any

from contract.definition_text import compress_definition, definition_text
from contract.names import JOIN_UPDATE
from tests.deployment.deployer import Deployer, Handle, failure_of, of_job
from tests.standin.process import ROLE
from tests.workflows.stage import Run, Stage, until


async def deployment_created(stage: Stage) -> Run:
    """A new pipeline with tags and an alias."""
    deployer = Deployer(stage)
    wanted: dict[str, Any] = {"definition": of_job("a"), "role_arn": ROLE, "tags": {"team": "risk"}, "alias": "prod"}
    return await _completed(stage, await deployer.start(apply=True, **wanted))


async def deployment_updated(stage: Stage) -> Run:
    """A new version from a compressed definition, other tags, and an alias that moves."""
    deployer = Deployer(stage)
    await deployer.create(alias="prod", tags={"team": "risk"})
    compressed = compress_definition(definition_text(of_job("b")))
    wanted: dict[str, Any] = {"compressed_definition": compressed, "tags": {}, "alias": "prod", "expect": 1}
    return await _completed(stage, await deployer.start(apply=True, **wanted))


async def deployment_unchanged(stage: Stage) -> Run:
    """Nothing to do."""
    deployer = Deployer(stage)
    await deployer.create()
    return await _completed(stage, await deployer.start(apply=True, definition=of_job("a")))


async def deployment_repeated(stage: Stage) -> Run:
    """Nothing to do although another version was expected: the deployment was made before."""
    deployer = Deployer(stage)
    await deployer.create()
    return await _completed(stage, await deployer.start(apply=True, definition=of_job("a"), role_arn=ROLE, expect=0))


async def deployment_preview(stage: Stage) -> Run:
    """What would change, and the deployed definition."""
    deployer = Deployer(stage)
    await deployer.create()
    return await _completed(stage, await deployer.start(definition=of_job("b"), with_definition=True))


async def deployment_refused(stage: Stage) -> Run:
    """AWS refused the definition."""
    deployer = Deployer(stage)
    handle = await deployer.start(apply=True, definition={"Version": "2020-12-01", "Steps": []}, role_arn=ROLE)
    assert (await failure_of(handle)).type == "InvalidDefinition"
    return _run(stage, handle)


async def deployment_joined(stage: Stage) -> Run:
    """Joined by one that wants the same, and found by one that wants something else."""
    deployer = Deployer(stage)
    held = stage.standin.fault("CreatePipeline", "hold_reply", pipeline=deployer.pipeline)
    wanted = {"apply": True, "definition": of_job("a"), "role_arn": ROLE}
    handle = await deployer.start(**wanted)
    await until(lambda: stage.standin.fault_state(held)["holding"])
    named = {"pipeline_name": deployer.pipeline, **wanted}
    other = asyncio.create_task(handle.execute_update(JOIN_UPDATE, {**named, "alias": "prod"}))
    same = asyncio.create_task(handle.execute_update(JOIN_UPDATE, named))
    await asyncio.wait({other})
    stage.standin.control("DELETE", f"/faults/{held}")
    await same
    assert other.exception() is not None
    return await _completed(stage, handle)


async def deployment_cancelled_in_a_move(stage: Stage) -> Run:
    """Cancelled natively between the two calls of a promotion, which are finished first."""
    deployer = Deployer(stage)
    await deployer.create(alias="prod")
    await deployer.apply(definition=of_job("b"))
    held = stage.standin.fault("UpdatePipelineVersion", "hold_reply", pipeline=deployer.pipeline, times=1)
    handle = await deployer.start(apply=True, version=2, alias="prod")
    await until(lambda: stage.standin.fault_state(held)["holding"])
    assert deployer.aliases == {2: [], 1: []}
    await handle.cancel()
    stage.standin.control("DELETE", f"/faults/{held}")
    await Run(stage.client.get_workflow_handle(handle.id)).has_event("WORKFLOW_EXECUTION_CANCELED")
    assert deployer.aliases == {2: ["prod"], 1: []}
    return _run(stage, handle)


async def _completed(stage: Stage, handle: Handle) -> Run:
    await handle.result()
    return _run(stage, handle)


def _run(stage: Stage, handle: Handle) -> Run:
    return Run(stage.client.get_workflow_handle(handle.id))
