"""Discovering all pages from the command line."""

import asyncio
from typing import Any, cast

from contract.discovery import Continuation, Job, PipelineDiscovery, PipelineDiscoveryInput
from worker.cli.discovering import Discovering
from worker.cli.waiting import Waiting


class Repeating(Discovering):
    """Discoveries whose next token is always the same."""

    async def one_page(self, wanted: PipelineDiscoveryInput) -> PipelineDiscovery:
        """Return a page of one pipeline, with the token."""
        await asyncio.sleep(0)
        name = "a" if wanted.next_token is None else "b"
        token = Continuation(platform=wanted.platform, name_prefix="", after="a").token()
        return PipelineDiscovery(platform=wanted.platform, jobs=[Job(external_id=name, arn=name)], next_token=token)


async def test_a_token_that_repeats_ends_a_discovery() -> None:
    """The pages before it are known."""
    waiting = cast("Waiting", cast("Any", None))
    found = await asyncio.wait_for(Repeating(waiting).all_pages(PipelineDiscoveryInput(platform="default")), 2)
    assert ([job.external_id for job in found.jobs], found.next_token) == (["a", "b"], None)
