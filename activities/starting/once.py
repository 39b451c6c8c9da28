"""The exactly-once start: one resource under one idempotency key, however often its start is attempted.

AWS deduplicates a create by a client token, and then answers a repeated request with the resource of the first one, or
by the resource's name, and then refuses a second request as "already there". In both cases every attempt sends the
same request under the same key. What a refusal proves depends on the attempts before it:

- While no outcome is open, a refusal is what AWS says: it is retried, deferred or final.
- Once an outcome is open (a lost reply, a killed worker), a refusal counts only when the outcome is settled. Under a
  token only AWS's answer about the request settles it. Under a name, describing the resource does, or that AWS shows
  nothing of the name for a quarter of an hour.

Order after a refusal: open outcome, then deferral, propagation, quota, final (`activities.starting.refusals`).
"""

import asyncio
from typing import Final, NamedTuple, Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError, FailureError

from activities.aws.connection_errors import VaultUnavailableError
from activities.aws.errors import AwsError, Kind, retry_delay
from activities.starting.earlier_attempts import EarlierAttempts
from activities.starting.refusals import DELETED_NAME, Propagation, failure_of, not_visible_yet
from activities.unexpected import ATTEMPTS, unexpected
from contract.failures import FailureType

VISIBLE_WITHIN_SECONDS: Final = 60.0
"""How long "not there" and "without our tag" are doubted: how soon after its creation AWS shows a resource and its tags
is not published."""

DESCRIBE_AGAIN_SECONDS: Final = 2.0

HIDDEN_FOR_SECONDS: Final = 900.0
"""How long a name is taken by nothing that AWS shows before an open outcome counts as settled: AWS may never free the
name of a deleted job, and the run could not be cancelled meanwhile."""

FIND_SECONDS: Final = 90.0
"""For all describes and ListTags after a refusal, each of which waits for its turn. An attempt that Temporal ends would
begin with them again."""


class Existing(NamedTuple):
    """The resource that has the name."""

    arn: str
    status: str | None
    """AWS's status; None if the answer has none."""


class Creation(Protocol):
    """A create request that every attempt sends unchanged."""

    @property
    def not_found(self) -> FailureType:
        """The failure type where something that the request names does not exist."""

    async def send(self) -> str:
        """Send the request.

        Returns:
            The ARN of the resource, that of an earlier request with the same token if there was one.

        Raises:
            AwsError: AWS refused, no answer came, or the call could not be made.
        """

    def explained(self, refusal: AwsError) -> ApplicationError | None:
        """Return a failure that explains a final refusal better than AWS does; None if there is none."""

    def propagation(self, refusal: AwsError) -> Propagation | None:
        """Return what AWS may not see yet, such as a new role; None if that is not why it refuses."""

    async def without_secrets(self, error: AwsError) -> AwsError:
        """Return the error without quotations of the request's secrets, which may take a second of a thread."""


class Name(Protocol):
    """The name of a resource as its idempotency key. The wordings are those of the resource's row."""

    def is_already_there(self, refusal: AwsError) -> bool:
        """Return whether a create was refused because the name is taken."""

    def is_not_there(self, refusal: AwsError) -> bool:
        """Return whether a describe was refused because there is no resource of this name."""

    async def describe(self) -> Existing:
        """Return the resource with this name.

        Raises:
            AwsError: AWS refused, no answer came, or the call could not be made.
        """

    async def claim(self, existing: Existing, *, is_last: bool) -> bool:
        """Return whether the resource is ours; false if that cannot be said yet.

        Args:
            existing: The resource.
            is_last: Whether it is not asked again.

        Raises:
            ApplicationError: It belongs to another caller, or may do so. Retryable only while it is being deleted.
            AwsError: AWS refused, no answer came, or the call could not be made, so that it is not known whose it is.
        """


async def create_once(creation: Creation, earlier: EarlierAttempts, name: Name | None = None) -> str:
    """Make one attempt to create a resource.

    Args:
        creation: The request.
        earlier: What the attempts before this one may have done.
        name: The name, if that is the key; None if the request carries a token.

    Returns:
        The ARN of the resource.

    Raises:
        ApplicationError: Typed and retryable after `activities.aws.errors`. What AWS may have accepted is not given
            up: while an outcome is open, a failure is retryable, unless the name belongs to another caller, or AWS
            has shown nothing of the name for `HIDDEN_FOR_SECONDS`.
    """
    try:
        return await creation.send()
    except AwsError as error:
        refusal = error
    except Exception as error:  # noqa: BLE001 — whether the request was sent is not known
        raise unexpected(error, final=False) from None
    arn = None if name is None else await _ByName(creation, name, earlier).after(refusal)
    if arn is not None:
        return arn
    propagation = creation.propagation(refusal)
    raise failure_of(
        await creation.without_secrets(refusal),
        earlier,
        not_found=creation.not_found,
        # Whether AWS checks a token before it resolves an alias is not published.
        settles=name is None
        and propagation is None
        and refusal.is_answer
        and refusal.kind in {Kind.INVALID, Kind.NOT_FOUND},
        propagation=propagation,
        explained=creation.explained(refusal),
    )


def _can_be_described(refusal: AwsError) -> bool:
    """Return whether AWS would answer a describe now: it does while only a vault is unavailable."""
    return not refusal.rule.is_outage or isinstance(refusal.cause, VaultUnavailableError)


class _ByName:
    """What a refused create means where the name is the key."""

    def __init__(self, creation: Creation, name: Name, earlier: EarlierAttempts) -> None:
        self._creation = creation
        self._name = name
        self._earlier = earlier

    async def after(self, refusal: AwsError) -> str | None:
        """Return the ARN of our resource; None if the refusal stands, because there is none.

        Raises:
            ApplicationError: The name belongs to another caller's resource; or, retryable, the outcome is still open.
        """
        if self._name.is_already_there(refusal):
            self._earlier.refused_for_certain()
            # Another caller's resource that is not visible, such as one that was deleted just now, is not waited for.
            arn = await self._find(within=VISIBLE_WITHIN_SECONDS if self._earlier.may_have_created else 0.0)
            if arn is None:
                raise await self._not_visible(refusal)
            return arn
        if not self._earlier.may_have_created or not refusal.had_no_effect or not _can_be_described(refusal):
            return None
        arn = await self._find(within=VISIBLE_WITHIN_SECONDS)
        if arn is None:
            self._earlier.nothing_exists()
        return arn

    async def _find(self, *, within: float) -> str | None:
        """Describe the resource until it is visible; None if it is still not there after so many seconds."""
        try:
            async with asyncio.timeout(FIND_SECONDS):
                return await self._look_until(asyncio.get_running_loop().time() + within)
        except TimeoutError:
            why = f"AWS did not show within {FIND_SECONDS:g} s what has the name; it is asked again"
            delay = retry_delay(activity.info().attempt)
            raise ApplicationError(why, type=Kind.UNAVAILABLE, next_retry_delay=delay) from None

    async def _look_until(self, deadline: float) -> str | None:
        while True:
            is_over = asyncio.get_running_loop().time() >= deadline
            try:
                existing = await self._name.describe()
                is_ours = await self._name.claim(existing, is_last=is_over)
            except AwsError as error:
                is_not_there = self._name.is_not_there(error)
                if is_not_there and is_over:
                    return None
                if not is_not_there and (is_over or not error.rule.is_outage):
                    raise await self._undecided(error) from None
            except FailureError:
                raise
            except Exception as error:  # noqa: BLE001 — a describe has no effect, but an open outcome stays open
                final = activity.info().attempt >= ATTEMPTS and not self._earlier.may_have_created
                raise unexpected(error, final=final) from None
            else:
                if is_ours:
                    return existing.arn
            await asyncio.sleep(DESCRIBE_AGAIN_SECONDS)

    async def _undecided(self, error: AwsError) -> ApplicationError:
        """Return the failure where it is not known what has the name: final only where it cannot be ours."""
        clean = await self._creation.without_secrets(error)
        return failure_of(clean, self._earlier, not_found=self._creation.not_found)

    async def _not_visible(self, refusal: AwsError) -> ApplicationError:
        clean = await self._creation.without_secrets(refusal)
        why = f"AWS says that the name is taken, and that there is nothing of this name. {clean.explanation}"
        hidden_for = self._earlier.seconds_of_propagation(DELETED_NAME.failure)
        if self._earlier.may_have_created and hidden_for < HIDDEN_FOR_SECONDS:
            activity.heartbeat(self._earlier)
            return ApplicationError(why, type=Kind.CONFLICT, next_retry_delay=retry_delay(activity.info().attempt))
        return not_visible_yet(why, DELETED_NAME, self._earlier)
