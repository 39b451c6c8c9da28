"""An approval that is given elsewhere is known when it happens, by its event."""

import time

from contract.run import RunStatus
from tests.events.receiving import worker
from tests.events.test_runs import RARE_POLLS_SECONDS, Sending, sending
from tests.gates.gate_stage import registration, waits

__all__ = ["sending"]


async def test_an_approval_in_the_console_wakes_the_run(sending: Sending) -> None:
    """Polls alone would need a minute."""
    stage = sending.stage
    async with worker(stage, sending.queue_url, poll_interval=RARE_POLLS_SECONDS):
        pipeline = stage.standin.create([registration()])
        run = await stage.start({"pipeline_name": pipeline, "approval": {"wait": True}})
        [gate] = (await waits(run)).gates
        began = time.monotonic()
        stage.standin.client.update_model_package(
            ModelPackageArn=gate.model_package_arn or "", ModelApprovalStatus="Approved"
        )
        assert (await run.result()).status is RunStatus.SUCCESS
        assert time.monotonic() - began < RARE_POLLS_SECONDS / 2
