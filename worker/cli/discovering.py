"""Discovering pipelines through Temporal, so that the worker's credentials are used and none of this machine's."""

import asyncio
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from temporalio.service import RPCError

from contract.byte_limits import MAX_SUMMARY_BYTES, cut
from contract.discovery import PipelineDiscovery, PipelineDiscoveryInput
from contract.names import WorkflowType
from worker.cli.waiting import Waiting

CANCEL_WITHIN_SECONDS: Final = 3.0

LONGEST_DISCOVERY: Final = timedelta(hours=2)
"""A discovery whose command was killed ends after this."""


@dataclass(frozen=True)
class Discovering:
    """Starts discoveries and waits for them."""

    waiting: Waiting

    async def all_pages(self, wanted: PipelineDiscoveryInput) -> PipelineDiscovery:
        """Discover every page, one workflow each, and put them together.

        Raises:
            CommandError: A discovery failed, or was ended by another client.
        """
        found = page = await self.one_page(wanted)
        used: set[str] = set()
        # A token that was used before leads to the pages that are known, and would do so for ever.
        while page.next_token and page.next_token not in used:
            used.add(page.next_token)
            page = await self.one_page(wanted.model_copy(update={"next_token": page.next_token}))
            found.jobs += page.jobs
            found.problems += page.problems
            found.total = page.total
        found.next_token = None
        return found

    async def one_page(self, wanted: PipelineDiscoveryInput) -> PipelineDiscovery:
        """Discover one page; see `all_pages` for what it raises."""
        handle = await self.waiting.client.start_workflow(
            WorkflowType.PIPELINE_DISCOVERY,
            wanted.model_dump(mode="json", exclude_unset=True),
            id=f"discovery-{wanted.platform}-{uuid.uuid4().hex[:8]}",
            task_queue=self.waiting.task_queue,
            result_type=PipelineDiscovery,
            execution_timeout=LONGEST_DISCOVERY,
            static_summary=cut(f"Pipelines {wanted.name_prefix}* on {wanted.platform}", MAX_SUMMARY_BYTES),
        )
        try:
            return await self.waiting.outcome(handle, handle.result(), "discovery")
        except asyncio.CancelledError:
            with suppress(RPCError, TimeoutError):
                await asyncio.wait_for(handle.cancel(), CANCEL_WITHIN_SECONDS)
            raise
