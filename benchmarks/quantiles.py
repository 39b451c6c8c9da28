import math
from collections.abc import Sequence


def quantile(values: Sequence[float], share: float) -> float | None:
    """Find the smallest value that at least `share` of the values do not exceed (nearest rank); None if there are none.

    Args:
        values: In any order.
        share: Above 0, at most 1; 0.99 is the 99th percentile.

    Raises:
        ValueError: The share is outside of that.
    """
    if not 0 < share <= 1:
        raise ValueError(f"a share must be above 0 and at most 1, not {share}")
    # Rounded first: 0.07 * 100 is a little more than 7.
    rank = math.ceil(round(share * len(values), 9))
    return sorted(values)[rank - 1] if values else None


def median(values: Sequence[float]) -> float | None:
    """Find the lower median, which is always one of the values; None if there are none."""
    return quantile(values, 0.5)
