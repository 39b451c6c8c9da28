from collections import Counter
from typing import Any


class CallCounts:
    """How often each operation was called, and how the calls ended."""

    def __init__(self) -> None:
        self._received: Counter[str] = Counter()
        self._ended: dict[str, Counter[str]] = {}

    def receive(self, operation: str) -> None:
        """Count a request."""
        self._received[operation] += 1

    def end(self, operation: str, code: str) -> None:
        """Count how a request ended: `OK`, AWS's error code, `HTML500` or `ConnectionClosed`."""
        self._ended.setdefault(operation, Counter())[code] += 1

    def reset(self) -> None:
        """Start from zero."""
        self._received.clear()
        self._ended.clear()

    def shown(self) -> dict[str, Any]:
        """The counts as the control API shows them."""
        return {
            operation: {"received": received, "by_code": dict(self._ended.get(operation, {}))}
            for operation, received in self._received.items()
        }
