"""What Temporal's server limits in bytes of UTF-8, not in characters."""

from typing import Final

MAX_ID_BYTES: Final = 1000
"""Of a workflow id: the server's `limit.maxIDLength`."""

MAX_SUMMARY_BYTES: Final = 200
"""Of a summary, whose payload may have 400 bytes (`limit.userMetadataSummarySize`) with its encoding or encryption."""

MAX_DETAILS_BYTES: Final = 12_000
"""Of static details, whose payload may have 20,000 bytes (`limit.userMetadataDetailsSize`)."""


def cut(text: str, max_bytes: int) -> str:
    """Cut a text to a number of bytes, between two characters; an ellipsis shows that it was cut."""
    if len(text.encode()) <= max_bytes:
        return text
    return text.encode()[: max_bytes - len("…".encode())].decode(errors="ignore") + "…"
