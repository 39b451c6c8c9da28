"""Time zones by their names in the IANA database, with the rules of the package `tzdata` and no others.

The zones in /usr/share/zoneinfo differ from machine to machine; workflow code is replayed on all of them.
"""

import difflib
from functools import cache, lru_cache
from importlib import resources
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

MAX_COMPARED_CHARS = 40
"""A longer name is similar to no zone, whose names have at most 32."""
MAX_SUGGESTIONS_KEPT = 256


@cache
def time_zone(name: str) -> ZoneInfo:
    """Return the zone with this name.

    Raises:
        ValueError: There is none; with a similar name, if there is one.
    """
    if name not in _names():
        similar = _similar(name) if len(name) <= MAX_COMPARED_CHARS else None
        remedy = f"did you mean {similar}?" if similar else "give a name of the IANA database, such as Europe/Berlin"
        raise ValueError(f"is no time zone; {remedy}")
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)


@lru_cache(MAX_SUGGESTIONS_KEPT)
def _similar(name: str) -> str | None:
    # Sorted, since the order of a set differs from process to process.
    return next(iter(difflib.get_close_matches(name, sorted(_names()), n=1, cutoff=0.7)), None)


@cache
def _names() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="ascii").split())


TimeZoneName = Annotated[str, AfterValidator(lambda name: time_zone(name).key)]
"""A name that `time_zone` knows."""
