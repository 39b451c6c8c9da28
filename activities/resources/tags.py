"""The tags of a resource, which AWS may give in several pages, a first one without any among them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final

from activities.resources.members import entries, pages

MAX_PAGES: Final = 100
"""A resource has 50 tags at the most, and a page has room for as many: ListTags in SageMaker's service model."""


async def tags(read: Callable[[Mapping[str, str]], Awaitable[Mapping[str, Any]]]) -> AsyncIterator[tuple[str, str]]:
    """Go through the names and values of all tags, page after page.

    Args:
        read: Calls ListTags; gets the members of the request that name the page.
    """
    async for page in pages(read, most=MAX_PAGES):
        for tag in entries(page, "Tags"):
            yield str(tag.get("Key") or ""), str(tag.get("Value") or "")
