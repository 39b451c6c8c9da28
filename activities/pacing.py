"""Many calls at once on one platform, which slow down together when AWS throttles any of them."""

import asyncio
import math
import time
from typing import Any, Final

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind, classify
from activities.aws.platforms import Platform

FIRST_RATE: Final = 10.0
"""Calls per second after the first throttling."""
SLOWEST_RATE: Final = 0.5
FASTEST_RATE: Final = 50.0
"""Above this the rate is not limited any more."""
FASTER_BY: Final = 0.5
"""Calls per second that each answer adds; each throttling halves them, so that the rate settles at AWS's own."""

OUTAGES_PUT_UP_WITH: Final = 5
"""Answers of one call that never came, before it is an error: a longer outage is left to Temporal's retries."""


class Pace:
    """How often a platform is called: halved by each throttling, raised a little by each answer.

    Nobody has published the request rates of the Pipelines calls, so there is no telling them in advance.
    """

    def __init__(self, limit: float | None = None) -> None:
        """Begin as fast as allowed.

        Args:
            limit: Most calls per second, the platform's `rate_limit`.
        """
        self._limit = limit or math.inf
        self.rate = self._limit
        """Calls per second."""
        self._queue = asyncio.Lock()
        self._last_turn = -math.inf
        self._slowed_at = -math.inf

    @property
    def is_limited(self) -> bool:
        """Whether AWS has throttled, and that is not long ago."""
        return self.rate < self._limit

    async def turn(self) -> None:
        """Wait for the next call's turn; whoever came first goes first."""
        async with self._queue:
            while (left := self._last_turn + 1 / self.rate - time.monotonic()) > 0:  # noqa: ASYNC110 — a throttling moves it
                await asyncio.sleep(left)
            self._last_turn = time.monotonic()

    def answered(self) -> None:
        """Take note of an answer."""
        self.rate = min(self.rate + FASTER_BY if self.rate < FASTEST_RATE else math.inf, self._limit)

    def throttled(self, sent_at: float) -> None:
        """Take note of a refusal; those of calls that were sent before the last slowing down tell nothing new.

        Args:
            sent_at: When the refused call was sent (`time.monotonic`).
        """
        if sent_at < self._slowed_at:
            return
        self._slowed_at = self._last_turn = time.monotonic()
        self.rate = min(max(min(self.rate / 2, FIRST_RATE), SLOWEST_RATE), self._limit)


class PacedCalls:
    """Calls one platform's SageMaker operations in its pace, a bounded number at once."""

    def __init__(self, calls: SageMakerCalls, platform: Platform, pace: Pace, slots: asyncio.Semaphore) -> None:
        """Prepare the calls.

        Args:
            calls: Reaches AWS.
            platform: Where the operations are called.
            pace: Shared by all who call this platform so.
            slots: One for each call under way.
        """
        self._calls = calls
        self._platform = platform
        self._pace = pace
        self._slots = slots

    async def call(self, method: str, **request: Any) -> Any:
        """Call an operation, again and again while AWS throttles it, and a few times through an outage.

        Raises:
            botocore.exceptions.ClientError: AWS answered with another error.
            botocore.exceptions.BotoCoreError: The call could not be made, or no answer came.
        """
        outages = 0
        while True:
            await self._pace.turn()
            async with self._slots:
                sent_at = time.monotonic()
                try:
                    answer = await self._calls.call(self._platform, method, **request)
                except AwsError as error:
                    kind = classify(error)
                    outages += kind is Kind.UNAVAILABLE
                    if kind not in {Kind.THROTTLED, Kind.UNAVAILABLE} or outages > OUTAGES_PUT_UP_WITH:
                        raise
                    self._pace.throttled(sent_at)
                else:
                    self._pace.answered()
                    return answer
