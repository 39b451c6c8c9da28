"""Workers die by SIGKILL in the middle of deployments: one new version, and an alias that arrives.

AWS's list of versions lags behind all the time, and shows none of the versions that these cases make.
"""

import asyncio
import json
import uuid
from contextlib import suppress
from itertools import count
from typing import Any, Final

from temporalio.client import WorkflowHandle

from contract.deployment import AliasMove, PipelineDeployment
from contract.names import WorkflowType
from tests.faults.concurrency import concurrent
from tests.faults.durations import PATIENCE_SECONDS
from tests.faults.installation import Crew, Installation
from tests.standin.definitions import definition, job

Handle = WorkflowHandle[Any, PipelineDeployment]


LAG_SECONDS: Final = 3600


def aliases(installation: Installation, pipeline: str) -> dict[int, list[str]]:
    """The aliases of each version, asked for one by one."""
    client: Any = installation.standin.client
    found: dict[int, list[str]] = {}
    with suppress(client.exceptions.ResourceNotFound):
        for number in count(1):
            described = client.describe_pipeline(PipelineName=pipeline, PipelineVersionId=number)
            found[number] = described.get("PipelineVersionAliases", [])
    return found


async def deployment(crew: Crew, pipeline: str, **wanted: Any) -> Handle:
    """Start a deployment."""
    crew.installation.standin.control("POST", "/behaviours", {"versions_lag_seconds": LAG_SECONDS})
    return await crew.installation.client.start_workflow(
        WorkflowType.PIPELINE_DEPLOYMENT,
        {"pipeline_name": pipeline, "apply": True, **wanted},
        id=f"deploy/default/{pipeline}/{uuid.uuid4().hex[:8]}",
        task_queue=crew.task_queue,
        result_type=PipelineDeployment,
    )


async def has_moved(handle: Handle) -> PipelineDeployment:
    """The result of a deployment."""
    return await asyncio.wait_for(handle.result(), PATIENCE_SECONDS)


@concurrent
async def test_a_worker_killed_between_an_update_and_its_reply_makes_one_version(installation: Installation) -> None:
    """AWS has made the version, its reply is held back, the worker dies: the next one finds that version."""
    pipeline = installation.standin.create([job("a")])
    held = installation.hold("UpdatePipeline", pipeline)
    async with installation.crew() as crew:
        handle = await deployment(crew, pipeline, definition=json.loads(definition([job("b")])), alias="prod")
        await installation.holds(held)
        crew.workers[0].kill()
        assert aliases(installation, pipeline) == {2: [], 1: []}
        installation.lift(held)
        await crew.hire()
        document = await has_moved(handle)
    assert (document.action, document.version) == ("updated", 2)
    assert aliases(installation, pipeline) == {2: ["prod"], 1: []}


@concurrent
async def test_a_worker_killed_between_the_calls_of_a_promotion_finishes_it(installation: Installation) -> None:
    """The alias has left its version, the worker dies: the next one gives it to the other version."""
    pipeline = installation.standin.create([job("a")], PipelineVersionAliases=["prod"])
    installation.standin.client.update_pipeline(PipelineName=pipeline, PipelineDefinition=definition([job("b")]))
    held = installation.hold("UpdatePipelineVersion", pipeline)
    async with installation.crew() as crew:
        handle = await deployment(crew, pipeline, version=2, alias="prod")
        await installation.holds(held)
        crew.workers[0].kill()
        assert aliases(installation, pipeline) == {2: [], 1: []}
        installation.lift(held)
        await crew.hire()
        document = await has_moved(handle)
    assert document.alias_move == AliasMove(alias="prod", version=2, from_version=1)
    assert aliases(installation, pipeline) == {2: ["prod"], 1: []}


@concurrent
async def test_a_worker_killed_between_a_create_and_its_reply_creates_one_pipeline(installation: Installation) -> None:
    """AWS has created the pipeline, its reply is held back, the worker dies: the token finds it again."""
    pipeline = f"created-{uuid.uuid4().hex[:8]}"
    held = installation.hold("CreatePipeline", pipeline)
    role = "arn:aws:iam::111122223333:role/SageMakerPipelineRole"
    async with installation.crew() as crew:
        handle = await deployment(crew, pipeline, definition=json.loads(definition([job("a")])), role_arn=role)
        await installation.holds(held)
        crew.workers[0].kill()
        installation.lift(held)
        await crew.hire()
        document = await has_moved(handle)
    assert (document.action, document.version) == ("created", 1)
    assert aliases(installation, pipeline) == {1: []}
