"""The namespace's search attributes: an upsert of one that is missing would keep every run's workflow task looping."""

from typing import Final

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from contract.names import SEARCH_ATTRIBUTES

KEYWORD: Final = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD


class SearchAttributesMissingError(Exception):
    """The namespace lacks search attributes; the text has the command that adds them."""


async def ensure_search_attributes(client: Client, *, register: bool) -> list[str]:
    """Make sure that the namespace has every search attribute, as a Keyword.

    Args:
        client: Connected to the namespace.
        register: Whether to add what is missing, where the server allows it.

    Returns:
        The names that were added.

    Raises:
        SearchAttributesMissingError: Some are missing, or have another type, and could not be added.
    """
    present = await _present(client)
    wrong = [key.name for key in SEARCH_ATTRIBUTES if present.get(key.name, KEYWORD) != KEYWORD]
    if wrong:
        raise SearchAttributesMissingError(
            f"The namespace '{client.namespace}' has {', '.join(wrong)} with another type than Keyword. "
            "Use another namespace, or remove the attribute there and let the worker add it."
        )
    missing = [key.name for key in SEARCH_ATTRIBUTES if key.name not in present]
    if missing and not register:
        raise SearchAttributesMissingError(_remedy(client, missing, "the worker may not add them"))
    if missing:
        await _add(client, missing)
    return missing


async def _present(client: Client) -> dict[str, int]:
    try:
        listed = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace)
        )
    except RPCError as error:
        raise SearchAttributesMissingError(
            f"The search attributes of the namespace '{client.namespace}' cannot be listed: {error.message}. "
            f"Check that the namespace exists: temporal operator namespace describe -n {client.namespace}"
        ) from error
    return {**listed.custom_attributes, **listed.system_attributes}


async def _add(client: Client, names: list[str]) -> None:
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=dict.fromkeys(names, KEYWORD))
    try:
        await client.operator_service.add_search_attributes(request)
    except RPCError as error:
        # Another worker that starts at the same time may have been faster.
        still_missing = [name for name in names if name not in await _present(client)]
        if still_missing:
            raise SearchAttributesMissingError(_remedy(client, still_missing, error.message)) from error


def _remedy(client: Client, names: list[str], why: str) -> str:
    added = " ".join(f"--name {name} --type Keyword" for name in names)
    return (
        f"The namespace '{client.namespace}' lacks the search attributes {', '.join(names)} ({why}). Add them with: "
        f"temporal operator search-attribute create --namespace {client.namespace} {added}"
    )
