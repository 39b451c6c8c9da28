import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from sagemaker_standin import texts
from sagemaker_standin.errors import validation_error
from sagemaker_standin.operations.backend import Backend
from sagemaker_standin.state import JsonObject

Item = TypeVar("Item")

# Pages hold at most 100 (botocore 1.44.5 service model); what AWS takes when MaxResults is left out is not published.
_PAGE_SIZE = 100


def page(
    items: Sequence[Item],
    backend: Backend,
    request: JsonObject,
    default_order: str = "Descending",
    default_size: int = _PAGE_SIZE,
) -> tuple[Sequence[Item], str | None]:
    """One page of items that are given oldest first, and the token of the next page.

    A token names a position counted from the oldest item, so that items which appear meanwhile move nothing.

    Raises:
        AwsError: `ValidationException`, the token is not one of ours.
    """
    found, next_position, end = _slice(items, {"MaxResults": default_size, **request}, default_order)
    if next_position is not None:
        return found, _token(next_position)
    match backend.world.behaviours.last_page_token:
        case "empty":
            return found, ""
        case "repeated":
            return found, _token(end)
        case _:
            return found, None


def _slice(items: Sequence[Item], request: JsonObject, default_order: str) -> tuple[Sequence[Item], int | None, int]:
    """The page, the position of the next one if there is any, and the position behind the last item."""
    size = request["MaxResults"]
    descending = request.get("SortOrder", default_order) == "Descending"
    token = request.get("NextToken")
    start = _position(token) if token else (len(items) if descending else 0)
    if descending:
        first = max(0, start - size)
        return items[first:start][::-1], first if first > 0 else None, 0
    return items[start : start + size], start + size if start + size < len(items) else None, len(items)


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(f"position:{position}".encode()).decode()


def _position(token: str) -> int:
    try:
        kind, _, number = base64.urlsafe_b64decode(token).decode().partition(":")
        if kind == "position":
            return max(0, int(number))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise validation_error(texts.PAGE_TOKEN_INVALID)
