"""Whose the job of an exact name is, where ListTags answers in several pages."""

from typing import Any, Final

import pytest
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.resources import tags
from activities.resources.jobs import KIND_OF_JOB
from activities.starting.earlier_attempts import EarlierAttempts
from activities.starting.job_names import OWNER_TAG
from activities.starting.job_ownership import JobName
from activities.starting.once import Existing
from contract.job_kinds import JobKind
from tests.unit.activities.attempt import attempt
from tests.unit.activities.scripted_aws import Answer, ScriptedAws, refusal, reply

JOB: Final = Existing("arn:aws:sagemaker:us-east-1:111122223333:training-job/nightly", "InProgress")
OTHERS: Final = [{"Key": f"t{number}", "Value": "x"} for number in range(50)]


def page(token: str | None, *found: dict[str, str]) -> Answer:
    """A page of ListTags, and the name of the next one."""
    return reply(Tags=list(found), **({} if token is None else {"NextToken": token}))


def tag(owner: str) -> dict[str, str]:
    """The tag that says whose the job is."""
    return {"Key": OWNER_TAG, "Value": owner}


async def claimed(aws: ScriptedAws, calls: SageMakerCalls, *, is_last: bool = True) -> bool:
    """What an attempt finds after a lost reply."""

    async def claim() -> bool:
        earlier = EarlierAttempts.read(may_be_known=True)
        name = JobName(calls, aws.platform, KIND_OF_JOB[JobKind.TRAINING], "nightly", earlier, "ours")
        return await name.claim(JOB, is_last=is_last)

    found: bool = await attempt().run(claim)
    return found


@pytest.mark.parametrize(
    "first", [(), tuple(OTHERS), ({"Key": "team", "Value": ""},)], ids=["empty", "full", "with an empty value"]
)
async def test_our_tag_may_stand_on_a_later_page(aws: ScriptedAws, calls: SageMakerCalls, first: Any) -> None:
    """AWS may answer with a short first page, or an empty one, and a token."""
    aws.script += [page("a", *first), page("b"), page(None, tag("ours"))]
    assert await claimed(aws, calls)
    assert [request.get("NextToken") for _, request in aws.requests] == [None, "a", "b"]


async def test_no_page_is_read_behind_our_tag(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """One call, as a rule."""
    aws.script.append(page("a", *OTHERS, tag("ours")))
    assert await claimed(aws, calls)
    assert aws.operations == ["ListTags"]


async def test_another_runs_tag_on_a_later_page_is_another_runs(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """Its job is not followed, also where this run may have created one."""
    aws.script += [page("a"), page(None, tag("another"))]
    with pytest.raises(ApplicationError, match="This run did not start it"):
        await claimed(aws, calls)


@pytest.mark.parametrize("token", ["a", "", " "])
async def test_a_token_that_leads_nowhere_ends_the_reading(aws: ScriptedAws, calls: SageMakerCalls, token: str) -> None:
    """A repeated one, or one without content; then the job has no tag."""
    aws.script += [page("a"), page(token)]
    assert not await claimed(aws, calls, is_last=False)


async def test_the_pages_are_bounded(aws: ScriptedAws, calls: SageMakerCalls, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever tokens they have."""
    monkeypatch.setattr(tags, "MAX_PAGES", 5)
    aws.script += [page(f"p{number}") for number in range(5)]
    assert not await claimed(aws, calls, is_last=False)


async def test_a_later_page_that_is_refused_says_why(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """It is not taken for a job without the tag."""
    aws.script += [
        page("a"),
        refusal("AccessDeniedException", "User: x is not authorized to perform: sagemaker:ListTags"),
    ]
    with pytest.raises(Exception, match="sagemaker:ListTags"):
        await claimed(aws, calls)
