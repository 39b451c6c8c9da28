"""Two versions of the worker side by side, and runs that are open while the current version changes."""

import pytest

from contract.run import RunStatus
from tests.versioning.deployment import UNVERSIONED, Deployment, versions_of_activities, versions_of_tasks
from tests.workflows.stage import Run

LONG = 36_000.0


async def executing(deployment: Deployment) -> Run:
    """A run whose execution goes on until it is ended."""
    run = await deployment.stage.run(deployment.stage.pipeline(seconds=LONG))
    await run.reaches(lambda document: document.sagemaker_status == "Executing")
    return run


async def succeed(deployment: Deployment, run: Run) -> None:
    """End a run's execution successfully, and wait for the run."""
    arn = (await run.document()).run_id
    assert arn is not None
    deployment.stage.standin.control(
        "POST", f"/executions/{arn.rsplit('/', 1)[-1]}/force", {"status": "Succeeded", "failure_reason": None}
    )
    assert (await run.result()).status is RunStatus.SUCCESS


async def test_a_pinned_run_ends_on_the_version_that_it_began_on(deployment: Deployment) -> None:
    """Its watch, too; a run that comes later belongs to the new version from its first task on."""
    await deployment.start("v1", versioning_behavior="pinned")
    await deployment.make_current("v1")
    old = await executing(deployment)
    await deployment.start("v2", versioning_behavior="pinned")
    await deployment.make_current("v2")
    new = await executing(deployment)
    await succeed(deployment, old)
    await succeed(deployment, new)
    assert (await versions_of_tasks(old), await versions_of_activities(old)) == (["v1"], {"v1"})
    assert (await versions_of_tasks(new), await versions_of_activities(new)) == (["v2"], {"v2"})


async def test_an_auto_upgrade_run_moves_to_the_current_version(deployment: Deployment) -> None:
    """Its watch is handed over when the old worker is drained, its next workflow task goes to the new version."""
    await deployment.start("v1")
    await deployment.make_current("v1")
    run = await executing(deployment)
    await deployment.start("v2")
    await deployment.make_current("v2")
    await deployment.drain("v1")
    await succeed(deployment, run)
    assert await versions_of_tasks(run) == ["v1", "v2"]
    assert "v2" in await versions_of_activities(run), "the watch was handed over"
    [execution] = deployment.stage.standin.executions(str((await run.document()).pipeline_name))
    assert execution["starts_accepted"] == 1


@pytest.mark.parametrize("behavior", ["pinned", "auto_upgrade"])
async def test_runs_of_unversioned_workers_move_when_versioning_is_switched_on(
    deployment: Deployment, behavior: str
) -> None:
    """The first step of every installation that is there already."""
    await deployment.start(UNVERSIONED)
    run = await executing(deployment)
    await deployment.start("v1", versioning_behavior=behavior)
    await deployment.make_current("v1")
    await deployment.drain(UNVERSIONED)
    await succeed(deployment, run)
    assert await versions_of_tasks(run) == [UNVERSIONED, "v1"]


async def test_versioning_can_be_switched_off_again(deployment: Deployment) -> None:
    """Runs that may move go back to workers without a version."""
    await deployment.start("v1")
    await deployment.make_current("v1")
    run = await executing(deployment)
    await deployment.start(UNVERSIONED)
    await deployment.make_current(UNVERSIONED)
    await deployment.drain("v1")
    await succeed(deployment, run)
    assert await versions_of_tasks(run) == ["v1", UNVERSIONED]


async def test_a_cancel_reaches_a_run_whose_version_is_no_longer_current(deployment: Deployment) -> None:
    """The stop of a pinned run is an activity of its own version."""
    await deployment.start("v1", versioning_behavior="pinned")
    await deployment.make_current("v1")
    run = await executing(deployment)
    await deployment.start("v2", versioning_behavior="pinned")
    await deployment.make_current("v2")
    await run.cancel_by_signal()
    assert (await run.result()).status is RunStatus.CANCELLED
    assert (await versions_of_tasks(run), await versions_of_activities(run)) == (["v1"], {"v1"})
