"""Checking the Temporal side: the server, and what the namespace must have."""

from typing import Final

from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client
from temporalio.service import RPCError

from contract.platform_check import Check
from worker.schedules.listing import each_schedule
from worker.schedules.stored import StoredSchedule
from worker.search_attributes import SearchAttributesMissingError, ensure_search_attributes

TEMPORAL: Final = "Temporal"
SEARCH_ATTRIBUTES: Final = "search attributes"
WORKER: Final = "worker"
SCHEDULES: Final = "schedules"
_MOST_NAMED: Final = 5


async def check_temporal(client: Client) -> list[Check]:
    """Check the server that a client is connected to; nothing is registered."""
    try:
        system = await client.workflow_service.get_system_info(GetSystemInfoRequest())
    except RPCError as error:
        return [Check(name=TEMPORAL, ok=False, detail=error.message, remedy="Check TEMPORAL_ADDRESS and the server.")]
    detail = f"server {system.server_version} at {client.service_client.config.target_host}"
    reached = Check(name=TEMPORAL, ok=True, detail=f"{detail}, namespace '{client.namespace}'")
    return [reached, await _check_search_attributes(client), *await _check_schedules(client)]


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


async def _check_schedules(client: Client) -> list[Check]:
    """Check that the keys here read what schedules start runs with; a schedule keeps the key of its last apply."""
    try:
        found = await each_schedule(client, _as_it_is)
    except RPCError as error:
        return [Check(name=SCHEDULES, ok=None, detail=f"not read: {error.message}")]
    unreadable = [stored for stored in found if stored.unreadable]
    if not unreadable:
        return [Check(name=SCHEDULES, ok=True, detail=f"{len(found)} can be read")] if found else []
    more = f" and {len(unreadable) - _MOST_NAMED} more" if len(unreadable) > _MOST_NAMED else ""
    names = ", ".join(stored.name for stored in unreadable[:_MOST_NAMED])
    return [
        Check(
            name=SCHEDULES,
            ok=False,
            detail=f"{len(unreadable)} of {len(found)} cannot be read here, and their runs fail: {names}{more}. "
            f"{unreadable[0].unreadable}",
            remedy="Give the workers the key, or delete the schedules and apply them again.",
        )
    ]


async def _as_it_is(stored: StoredSchedule) -> StoredSchedule:
    return stored
