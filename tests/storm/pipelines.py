"""The shapes of pipelines that run in a storm; each tells its run by a parameter, and may fail in its last job."""

from collections.abc import Mapping, Sequence
from typing import Final

from tests.standin.definitions import JsonObject, get, job, parameter, step

PARAMETERS: Final = (parameter("Run"), parameter("Seconds", "Integer", 60), parameter("Failure", default=""))

_SECONDS: Final = get("Parameters.Seconds")


def _last(needs: Sequence[str]) -> JsonObject:
    return job("Last", needs, seconds=_SECONDS, fail=get("Parameters.Failure"))


PIPELINES: Final[Mapping[str, Sequence[JsonObject]]] = {
    "storm-single": [_last([])],
    "storm-chain": [job("First", seconds=_SECONDS), job("Second", ["First"], seconds=_SECONDS), _last(["Second"])],
    "storm-fan": [*(job(f"Part{n}", seconds=_SECONDS) for n in range(4)), _last([f"Part{n}" for n in range(4)])],
    "storm-function": [step("Call", "Lambda", STANDIN_SECONDS=_SECONDS), _last(["Call"])],
}
"""The steps of each pipeline, by its name."""
