"""The argument of the `cancel` signal, which all types of runs take."""

from typing import Any


def cancel_reason(arguments: tuple[object, ...]) -> str:
    """Read the reason of a `cancel` signal; a hand-written signal with any payload is accepted.

    Args:
        arguments: The signal's payloads; the documented one is `{"reason": "…"}`.

    Returns:
        The reason, at most 500 characters, or an empty string.
    """
    first: Any = arguments[0] if arguments else ""
    if isinstance(first, dict):
        first = next((value for key, value in first.items() if str(key).lower() == "reason"), "")
    return first[:500] if isinstance(first, str) else ""
