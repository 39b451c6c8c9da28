"""Time zones by their names in the IANA database, with the rules of the package `tzdata` and no others.

The zones in /usr/share/zoneinfo differ from machine to machine; workflow code is replayed on all of them.
"""

import difflib
from functools import cache
from importlib import resources
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

MAX_COMPARED_CHARS = 40


@cache
def time_zone(name: str) -> ZoneInfo:
    """Return the zone with this name.

    Raises:
        ValueError: There is none; with a similar name, if there is one.
    """
    if name not in _names():
        close = difflib.get_close_matches(name[:MAX_COMPARED_CHARS], _names(), n=1, cutoff=0.7)
        remedy = f"did you mean {close[0]}?" if close else "give a name of the IANA database, such as Europe/Berlin"
        raise ValueError(f"is no time zone; {remedy}")
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)


@cache
def _names() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="ascii").split())


TimeZoneName = Annotated[str, AfterValidator(lambda name: time_zone(name).key)]
"""A name that `time_zone` knows."""
