"""Members of AWS's responses, read by their content.

AWS sends members without content: `"CacheHitResult": {"SourcePipelineExecutionArn": ""}` on steps that were computed,
`"NextToken": ""` on a last page, `{}` or null for metadata (seen in real responses of ListPipelineExecutionSteps).
That a member is present is therefore no fact; what it holds may be one.
"""

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

LAST_YEAR: Final = 9000


def text(answer: Mapping[str, Any], member: str | None) -> str | None:
    """Return a text; None for one that is missing, null or blank, or that is no text."""
    value = answer.get(member) if member else None
    return value if isinstance(value, str) and value.strip() else None


def first_text(answer: Mapping[str, Any], members: Iterable[str]) -> str | None:
    """Return the first text of several members that has content."""
    return next((found for member in members if (found := text(answer, member))), None)


def texts(answer: Mapping[str, Any], member: str) -> list[str]:
    """Return the texts of a list; entries that are blank or no texts are left out."""
    value = answer.get(member)
    return [entry for entry in value if isinstance(entry, str) and entry.strip()] if isinstance(value, list) else []


def table(answer: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    """Return a structure; an empty one for one that is missing or null, or that is none."""
    value = answer.get(member)
    return value if isinstance(value, dict) else {}


def entries(answer: Mapping[str, Any], member: str) -> list[Mapping[str, Any]]:
    """Return the structures of a list; entries that are none are left out."""
    value = answer.get(member)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list | tuple) else []


def moment(answer: Mapping[str, Any], member: str | None) -> datetime | None:
    """Return a time; None for one that is missing or null, or that is none.

    A time near the end of the calendar is none: it stands for "never", and nothing could be added to it.
    """
    value = answer.get(member) if member else None
    return value if isinstance(value, datetime) and value.year <= LAST_YEAR else None


def number(answer: Mapping[str, Any], member: str | None) -> int | None:
    """Return a whole number; None for one that is missing or null, or that is none."""
    value = answer.get(member) if member else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


async def pages(
    read: Callable[[Mapping[str, str]], Awaitable[Mapping[str, Any]]],
    page_member: str = "NextToken",
    most: float = math.inf,
) -> AsyncIterator[Mapping[str, Any]]:
    """Read page after page.

    An empty token ends the list, and so does one that was used before: it would lead to the pages that are known.

    Args:
        read: Reads one page; gets the members of the request that name it, none for the first page.
        page_member: The member of requests and responses that names the next page.
        most: Pages that are read, whatever tokens they have.
    """
    used: set[str] = set()
    page = await read({})
    yield page
    while (token := text(page, page_member)) and token not in used and len(used) + 1 < most:
        used.add(token)
        page = await read({page_member: token})
        yield page
