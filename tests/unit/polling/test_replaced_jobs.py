"""A job whose name another job has since: a watch says that it is gone, whatever shows it first."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.models import Observation
from activities.resources.jobs import KIND_OF_JOB
from activities.resources.replaced import is_outdated, is_replaced
from activities.watching.sources import Entry
from activities.watching.subscription import Seen, Subscription
from contract.arns import resource_key
from contract.job_kinds import JobKind
from contract.run import RunStatus

ARN = "arn:aws:sagemaker:us-east-1:111122223333:training-job/nightly"
CREATED = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
LATER = CREATED + timedelta(seconds=90)


def subscription(created_at: datetime | None = CREATED) -> Subscription:
    """A watch of a training job that was seen in progress."""
    return Subscription(KIND_OF_JOB[JobKind.TRAINING], ARN, 5.0, Seen("InProgress", None, created_at), 0.0)


def entry(created_at: datetime) -> Entry:
    """What a list shows under the name."""
    return Entry(resource_key(ARN), "InProgress", created_at.timestamp())


def observed(created_at: datetime) -> Observation:
    """What a describe of the name shows."""
    return Observation(sagemaker_status="InProgress", status=RunStatus.RUNNING, created_at=created_at)


@pytest.mark.parametrize(
    ("known", "seen", "expected"),
    [
        (CREATED, LATER, True),
        (CREATED.timestamp(), LATER, True),
        (CREATED, CREATED + timedelta(milliseconds=900), False),
        (LATER, CREATED, False),
        (None, LATER, False),
        (CREATED, None, False),
    ],
)
def test_only_a_later_creation_is_another_job(
    known: datetime | float | None, seen: datetime | None, *, expected: bool
) -> None:
    """A list and a describe may round differently, and a list may be old."""
    assert is_replaced(known, seen) is expected


@pytest.mark.parametrize(
    ("known", "seen", "expected"),
    [
        (LATER, CREATED, True),
        (CREATED + timedelta(milliseconds=900), CREATED, False),
        (CREATED, LATER, False),
        (None, CREATED, False),
        (LATER, None, False),
    ],
)
def test_only_an_earlier_creation_is_outdated(known: datetime | None, seen: datetime | None, *, expected: bool) -> None:
    """The same creation may be rounded."""
    assert is_outdated(known, seen) is expected


async def test_a_describe_of_another_job_ends_the_watch() -> None:
    """Although its status is the one that was seen."""
    watch = subscription()
    news = watch.news.wait()
    watch.described(observed(LATER), now=1.0)
    with pytest.raises(ApplicationError) as raised:
        await asyncio.wait_for(news, 1)
    assert raised.value.type == "JobNotFound"
    assert raised.value.non_retryable
    assert ARN in raised.value.message


async def test_a_list_that_shows_another_job_is_checked_by_a_describe() -> None:
    """A list may be wrong: then it is doubted, and the job is followed on."""
    watch = subscription()
    news = watch.news.wait()
    shown = entry(LATER)
    assert watch.listed(shown, now=1.0, factor=1.0)
    watch.described(observed(CREATED), now=1.0, confirms=shown)
    assert watch.trust.is_doubted
    assert not news.done()


async def test_a_watch_that_knows_no_creation_takes_the_first_that_it_sees() -> None:
    """And another one afterwards for another job."""
    watch = subscription(created_at=None)
    news = watch.news.wait()
    watch.described(observed(CREATED), now=1.0)
    assert not news.done()
    watch.described(observed(LATER), now=6.0)
    assert isinstance(news.exception(), ApplicationError)


async def test_a_list_that_still_shows_the_job_of_before_is_doubted() -> None:
    """The status of that job is no news, and its creation not the followed job's."""
    watch = subscription(created_at=LATER)
    news = watch.news.wait()
    assert not watch.listed(Entry(resource_key(ARN), "Completed", CREATED.timestamp()), now=1.0, factor=1.0)
    assert watch.trust.is_doubted
    watch.described(observed(LATER), now=6.0)
    assert not news.done()


async def test_a_describe_that_still_shows_the_job_of_before_is_no_news() -> None:
    """Its success is not that of the followed job; the next describe comes at the poll interval."""
    watch = subscription(created_at=LATER)
    news = watch.news.wait()
    before = Observation(sagemaker_status="Completed", status=RunStatus.SUCCESS, has_ended=True, created_at=CREATED)
    watch.described(before, now=1.0)
    assert not news.done()
    assert (watch.has_ended, watch.due > 1.0) == (False, True)


async def test_a_watch_that_knows_no_creation_takes_none_from_a_list() -> None:
    """A list may show the job of before, and the describe after it the followed one."""
    watch = subscription(created_at=None)
    news = watch.news.wait()
    watch.listed(Entry(resource_key(ARN), "Completed", CREATED.timestamp()), now=1.0, factor=1.0)
    watch.described(observed(LATER), now=1.0)
    assert not news.done()
