"""Checking the Temporal side: the server, and what the namespace must have."""

from typing import Final

from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client
from temporalio.service import RPCError

from contract.platform_check import Check
from worker.search_attributes import SearchAttributesMissingError, ensure_search_attributes

TEMPORAL: Final = "Temporal"
SEARCH_ATTRIBUTES: Final = "search attributes"
WORKER: Final = "worker"


async def check_temporal(client: Client) -> list[Check]:
    """Check the server that a client is connected to; nothing is registered."""
    try:
        system = await client.workflow_service.get_system_info(GetSystemInfoRequest())
    except RPCError as error:
        return [Check(name=TEMPORAL, ok=False, detail=error.message, remedy="Check TEMPORAL_ADDRESS and the server.")]
    detail = f"server {system.server_version} at {client.service_client.config.target_host}"
    reached = Check(name=TEMPORAL, ok=True, detail=f"{detail}, namespace '{client.namespace}'")
    return [reached, await _check_search_attributes(client)]


async def check_as_worker(client: Client) -> list[Check]:
    """Check the Temporal side from within a worker, which is the proof that there is one."""
    answered = Check(name=WORKER, ok=True, detail=f"{client.identity} answered")
    return [*await check_temporal(client), answered]


async def _check_search_attributes(client: Client) -> Check:
    try:
        await ensure_search_attributes(client, register=False)
    except SearchAttributesMissingError as error:
        problem, _, remedy = str(error).partition(". ")
        return Check(name=SEARCH_ATTRIBUTES, ok=False, detail=problem, remedy=remedy)
    return Check(name=SEARCH_ATTRIBUTES, ok=True, detail=f"the namespace '{client.namespace}' has them all")
