"""How long the faults last: short in CI, as long as their names say with `FAULTS=long`.

SageMaker's clock runs sixty times as fast as the real one, so ten minutes of an execution are ten seconds here. What
the worker itself waits for is real, and the longest waits happen beside each other.
"""

from typing import Final

from tests.long import IS_LONG

CLOCK_SCALE: Final = 60
"""Simulated seconds of SageMaker per real second."""

WORKERS_GONE_SECONDS: Final = 600 if IS_LONG else 10
TEMPORAL_GONE_SECONDS: Final = 60
THROTTLED_SECONDS: Final = 300 if IS_LONG else 15
THROTTLED_RUNS: Final = 100 if IS_LONG else 40
STS_GONE_SECONDS: Final = 1800 if IS_LONG else 20
SAGEMAKER_GONE_SECONDS: Final = 3600 if IS_LONG else 20
HIDDEN_SECONDS: Final = 50
"""Just below the minute for which a watch looks for an execution that AWS does not know."""

PATIENCE_SECONDS: Final = 300.0
"""Most of the cases run at once on two cores, so each of them is slow."""

LONGEST_SECONDS: Final = 3 * 3600 if IS_LONG else 600
"""Of any one case, the patience after its fault included."""


def simulated(seconds: float) -> int:
    """SageMaker's seconds in so many real ones."""
    return round(seconds * CLOCK_SCALE)
