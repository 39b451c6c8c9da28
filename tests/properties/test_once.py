"""The exactly-once start against a simulated AWS: whatever is lost, refused or killed, and in whatever order."""

import asyncio
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final
from unittest import mock

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from temporalio.exceptions import ApplicationError

from activities.aws.errors import AwsError, Call, Kind
from activities.models import QUOTA_EXCEEDED, START_DEFERRED
from activities.resources.operations import START_EXECUTION
from activities.starting import once
from activities.starting.earlier_attempts import EarlierAttempts
from activities.starting.once import Existing, create_once
from activities.starting.refusals import Propagation
from contract.failures import FailureType
from tests.unit.activities.attempt import attempt, beats_of
from tests.unit.virtual_time import in_virtual_time

OURS, FOREIGN = "arn:ours", "arn:foreign"
MOST_ATTEMPTS: Final = 200
CALL: Final = Call(START_EXECUTION, "job=search", "default", "us-east-1")

REFUSALS: Final = {
    "AccessDeniedException": 400,
    "ResourceLimitExceeded": 400,
    "ThrottlingException": 400,
    "ExpiredTokenException": 400,
    "SomethingNew": 400,
    "ConflictException": 400,
    "ValidationException": 400,
}
"""Refusals before AWS looks at the key; `ValidationException` of a name key may come before it as well."""

QUOTA: Final = "ResourceLimitExceeded"
DENIED: Final = "AccessDeniedException"
TAKEN: Final = "taken"
OUTAGE: Final = ["no connection"] * 6
"""For so long that the start goes back to the workflow."""

LOSSES: Final = ("lost before", "lost after", "killed before", "killed after", "server error before", "fault after")
"""How the outcome of a create stays open: with the request done or not."""

UNREADABLE: Final = "an answer without ARN"
UNDESCRIBED: Final = (
    "ThrottlingException",
    "AccessDeniedException",
    "ValidationException",
    "InternalFailure",
    "lost",
    UNREADABLE,
)


def refused(code: str, text: str = "no", status: int = 400) -> AwsError:
    """An error that AWS answered with."""
    answer: Any = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return AwsError(CALL, ClientError(answer, "Create"))


def lost() -> AwsError:
    """An answer that never came."""
    return AwsError(CALL, ReadTimeoutError(endpoint_url="http://aws"))


class Killed(BaseException):
    """The worker is gone."""


@dataclass
class Aws:
    """What exists at AWS, and what will go wrong there."""

    by_name: bool
    is_foreign: bool
    troubles: list[str]
    """What happens to one create after the other; without trouble, AWS does its work."""
    reset_after: frozenset[int] = frozenset()
    """Attempts after which a person resets the activity."""
    resets_running_attempt: bool = False
    """Whether a reset meets an attempt that runs: then the next one is attempt 2."""
    keeps_heartbeat: bool = True
    """Whether a reset leaves the heartbeat details to the next attempt."""
    may_be_known: bool = False
    """Whether the run was reset, and had created the resource before."""
    describes: list[str] = field(default_factory=list)
    """What happens to one describe after the other."""
    seconds_invisible: float = 0.0
    seconds_untagged: float = 0.0
    ours: int = 0
    visible_at: float = 0.0
    tagged_at: float = 0.0
    sent: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ours = int(self.may_be_known)

    def create(self) -> str:
        """Answer a create."""
        trouble = self.troubles.pop(0) if self.troubles else "none"
        self.sent.append(trouble)
        if trouble == TAKEN:
            raise refused("ResourceInUse", "already exists")
        if trouble in REFUSALS:
            raise refused(trouble, status=REFUSALS[trouble])
        if trouble == "no connection":
            raise AwsError(CALL, EndpointConnectionError(endpoint_url="http://aws"))
        answer = self._done() if not trouble.endswith("before") else ""
        match trouble.partition(" ")[0]:
            case "lost":
                raise lost()
            case "killed":
                raise Killed
            case "server":
                raise refused("InternalFailure", status=500)
            case "fault":
                raise LookupError("an error of ours, after the request was sent")
        return answer

    def describe(self) -> str:
        """Answer a describe by name."""
        trouble = self.describes.pop(0) if self.describes else "none"
        if trouble == "lost":
            raise lost()
        if trouble == UNREADABLE:
            raise KeyError(trouble)
        if trouble != "none":
            raise refused(trouble, "no such thing may be read", 500 if trouble == "InternalFailure" else 400)
        if self.is_foreign:
            return FOREIGN
        if not self.ours or asyncio.get_running_loop().time() < self.visible_at:
            raise refused("ValidationException", "Requested resource not found.")
        return OURS

    def _done(self) -> str:
        if self.by_name and (self.is_foreign or self.ours):
            raise refused("ResourceInUse", "already exists")
        if not self.ours:
            self.ours += 1
            self.visible_at = asyncio.get_running_loop().time() + self.seconds_invisible
            self.tagged_at = asyncio.get_running_loop().time() + self.seconds_untagged
        return OURS


@dataclass
class Start:
    """The request and its name, as a kind of resource brings them."""

    aws: Aws
    not_found: FailureType = FailureType.PIPELINE_NOT_FOUND

    async def send(self) -> str:
        """See `Creation.send`."""
        await asyncio.sleep(1)
        return self.aws.create()

    def explained(self, _: AwsError) -> ApplicationError | None:
        """Nothing is known better."""
        return None

    def propagation(self, _: AwsError) -> None:
        """Nothing is new."""

    async def without_secrets(self, error: AwsError) -> AwsError:
        """There are none."""
        return error

    def is_already_there(self, refusal: AwsError) -> bool:
        """By AWS's code."""
        return str(refusal).startswith("ResourceInUse")

    def is_not_there(self, refusal: AwsError) -> bool:
        """By AWS's code and text: a malformed name has the same code."""
        return refusal.kind is Kind.INVALID and "not found" in str(refusal)

    async def describe(self) -> Existing:
        """See `Name.describe`."""
        await asyncio.sleep(1)
        return Existing(self.aws.describe(), "InProgress")

    async def claim(self, existing: Existing, *, is_last: bool) -> bool:
        """See `Name.claim`: ours is ours once its tag is there."""
        is_tagged = asyncio.get_running_loop().time() >= self.aws.tagged_at
        if existing.arn != OURS or (is_last and not is_tagged):
            raise ApplicationError("taken", type="JobNameTaken", non_retryable=True)
        return is_tagged


def run_start(aws: Aws) -> str | ApplicationError:
    """Attempt a start until it is over, as Temporal does; gives the resource or the final failure."""
    return in_virtual_time(_attempts(aws))


async def _attempts(aws: Aws) -> str | ApplicationError:
    left: list[object] = []
    number, is_killed = 0, False
    for made in range(MOST_ATTEMPTS):
        number += 1
        if made in aws.reset_after:
            # Of a killed attempt that had just begun, the server may not know that it began.
            number = 2 if aws.resets_running_attempt and not is_killed else 1
            left = left if aws.keeps_heartbeat else []
        environment = attempt(number, *left, seconds_after_first=float(made))
        beats = beats_of(environment)
        start, is_killed = Start(aws), False
        try:
            return str(await environment.run(_attempt, start, start if aws.by_name else None, aws.may_be_known))
        except Killed:
            # Nothing of what it would have left behind has reached the server for certain.
            beats.clear()
            is_killed = True
        except ApplicationError as failure:
            if failure.non_retryable:
                return failure
        left = [beats[-1].model_dump()] if beats else left
        await asyncio.sleep(5)
    raise AssertionError(f"no end after {MOST_ATTEMPTS} attempts")


async def _attempt(start: Start, name: Start | None, may_be_known: bool) -> str:  # noqa: FBT001 — of an activity
    return await create_once(start, EarlierAttempts.read(may_be_known=may_be_known), name)


def in_a_row(troubles: list[str], times: int) -> st.SearchStrategy[list[str]]:
    """Up to three troubles, each once or so many times in a row."""
    rows = st.builds(lambda trouble, many: [trouble] * many, st.sampled_from(troubles), st.sampled_from([1, times]))
    return st.lists(rows, max_size=3).map(lambda found: [trouble for row in found for trouble in row])


RESETS: Final[dict[str, Any]] = {
    "reset_after": st.frozensets(st.integers(1, 12), max_size=3),
    "resets_running_attempt": st.booleans(),
    "keeps_heartbeat": st.booleans(),
}
_READ: Final = EarlierAttempts.read


worlds = st.builds(
    Aws,
    by_name=st.just(value=True),
    is_foreign=st.booleans(),
    troubles=st.lists(st.sampled_from([*REFUSALS, *LOSSES, "no connection"]), max_size=12),
    describes=in_a_row(["none", *UNDESCRIBED], 25),
    seconds_invisible=st.sampled_from([0.0, 3.0, 50.0]),
    seconds_untagged=st.sampled_from([0.0, 40.0]),
    **RESETS,
)
# An answer about the request itself comes after the token was looked up: there it would be the resource.
BEFORE_THE_TOKEN: Final = [code for code in REFUSALS if code != "ValidationException"]
worlds_of_tokens = st.builds(
    Aws,
    by_name=st.just(value=False),
    is_foreign=st.just(value=False),
    troubles=st.lists(st.sampled_from([*BEFORE_THE_TOKEN, *LOSSES, "no connection"]), max_size=12),
    **RESETS,
)


def check(aws: Aws) -> None:
    """Check what must hold at the end of any start."""
    aws = deepcopy(aws)
    end = run_start(aws)
    assert aws.ours <= 1
    if isinstance(end, str):
        assert (end, aws.ours) == (OURS, 1), "adopted what is not ours"
        return
    assert not aws.ours, f"given up although it runs: {end.type} after {aws.sent}"
    # The name of another caller may also not be described, or its job's tags not be read.
    assert aws.is_foreign or aws.sent[-1] in {*REFUSALS, "no connection"}, f"{end.type} after {aws.sent}"


@given(aws=worlds_of_tokens)
def test_under_a_token(aws: Aws) -> None:
    """AWS answers a repeated token with the resource; a refusal before it looks at the token proves nothing."""
    check(aws)


@given(aws=worlds)
def test_under_a_name(aws: Aws) -> None:
    """A describe by name settles what a lost answer left open."""
    check(aws)


@given(troubles=in_a_row([*BEFORE_THE_TOKEN, *LOSSES, "no connection"], 9), by_name=st.booleans())
def test_after_a_reset_of_the_run_what_it_created_is_found(troubles: list[str], *, by_name: bool) -> None:
    """Or AWS is asked again after a wait in the workflow, which is for outages and, under a token, for quotas."""
    aws = Aws(by_name=by_name, is_foreign=False, troubles=troubles, may_be_known=True)
    end = run_start(aws)
    assert aws.ours == 1
    if isinstance(end, ApplicationError):
        assert end.type in ({START_DEFERRED} if by_name else {START_DEFERRED, QUOTA_EXCEEDED}), f"after {aws.sent}"


@given(
    refusal=st.sampled_from(["AccessDeniedException", "ResourceLimitExceeded", "SomethingNew"]), by_name=st.booleans()
)
def test_a_refusal_with_nothing_open_ends(refusal: str, *, by_name: bool) -> None:
    """After the attempts that its kind is worth."""
    aws = Aws(by_name=by_name, is_foreign=False, troubles=[refusal] * MOST_ATTEMPTS)
    end = run_start(aws)
    assert isinstance(end, ApplicationError)
    assert len(aws.sent) <= 5


def test_a_name_of_another_caller_that_may_not_be_described_ends() -> None:
    """Nothing was created, so a missing permission is what the start fails for."""
    aws = Aws(by_name=True, is_foreign=True, troubles=[], describes=[DENIED] * MOST_ATTEMPTS)
    end = run_start(aws)
    assert isinstance(end, ApplicationError)
    assert end.type == FailureType.ACCESS_DENIED
    assert len(aws.sent) <= 5


def test_a_name_that_is_taken_by_nothing_that_aws_shows_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for as the name of a deleted job is."""
    monkeypatch.setattr(once, "DELETED_NAME", Propagation(FailureType.JOB_NAME_TAKEN, 0.0))
    end = run_start(Aws(by_name=True, is_foreign=False, troubles=[TAKEN] * MOST_ATTEMPTS))
    assert isinstance(end, ApplicationError)
    assert end.type == FailureType.JOB_NAME_TAKEN


def test_a_name_that_aws_never_frees_ends_an_open_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    """What AWS accepted would be visible by then, and a cancel waits for the start."""
    monkeypatch.setattr(once, "DELETED_NAME", Propagation(FailureType.JOB_NAME_TAKEN, 0.0))
    aws = Aws(by_name=True, is_foreign=False, troubles=["lost before", *[TAKEN] * MOST_ATTEMPTS])
    with pytest.raises(AssertionError, match="no end after"):
        run_start(deepcopy(aws))
    monkeypatch.setattr(once, "HIDDEN_FOR_SECONDS", 0.0)
    end = run_start(aws)
    assert isinstance(end, ApplicationError)
    assert end.type == FailureType.JOB_NAME_TAKEN


def test_describes_that_wait_for_their_turn_leave_the_outcome_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The attempt says so itself, before Temporal ends it."""
    monkeypatch.setattr(once, "FIND_SECONDS", 10.0)
    aws = Aws(by_name=True, is_foreign=False, troubles=["lost after"], seconds_invisible=25.0)
    assert run_start(aws) == OURS
    assert aws.sent.count("none") > 1


@pytest.mark.parametrize(("troubles", "ends"), [([TAKEN] * MOST_ATTEMPTS, True), (["lost after"], False)])
def test_a_describe_that_cannot_be_read_ends_only_what_has_created_nothing(troubles: list[str], *, ends: bool) -> None:
    """An error of the worker itself: it is tried some times, and for as long as something may run."""
    aws = Aws(by_name=True, is_foreign=False, troubles=troubles, describes=[UNREADABLE] * 9)
    end = run_start(aws)
    assert (end == OURS) is not ends
    assert not ends or (isinstance(end, ApplicationError) and end.type == FailureType.WORKER_ERROR)


def test_a_settled_outcome_lets_a_refusal_stand() -> None:
    """The start was lost, nothing has the name, and the permission is gone: that is the end."""
    aws = Aws(by_name=True, is_foreign=False, troubles=["lost before", *["AccessDeniedException"] * 9])
    end = run_start(aws)
    assert isinstance(end, ApplicationError)
    assert (end.type, aws.ours) == (FailureType.ACCESS_DENIED, 0)


def test_a_name_that_is_not_visible_yet_is_waited_for() -> None:
    """AWS says that it is there before it can be described."""
    aws = Aws(by_name=True, is_foreign=False, troubles=["lost after"], seconds_invisible=50)
    assert run_start(aws) == OURS


def test_an_open_outcome_under_a_token_is_never_given_up() -> None:
    """It may run, and only AWS's answer under the token says so."""
    aws = Aws(by_name=False, is_foreign=False, troubles=["lost after", *["AccessDeniedException"] * 20])
    assert run_start(aws) == OURS


async def _adopt(_: Start, __: str, *, is_last: bool) -> bool:  # noqa: ARG001 — as `Name.claim`
    """Take whatever has the name."""
    return True


GIVEN_UP: Final = "given up although it runs"
MISTAKES: Final[dict[str, tuple[object, str, object, str]]] = {
    "adopts without asking": (Start, "claim", _adopt, "adopted what is not ours"),
    "ValidationException is not there": (Start, "is_not_there", lambda _, error: error.kind is Kind.INVALID, GIVEN_UP),
    "not there is believed at once": (once, "VISIBLE_WITHIN_SECONDS", 0.0, GIVEN_UP),
    "a refusal after a loss counts": (EarlierAttempts, "may_have_been_accepted", property(lambda _: False), GIVEN_UP),
    "a lost answer is a refusal": (
        AwsError,
        "had_no_effect",
        property(lambda _: True),
        f"{GIVEN_UP}|StartPutOff after",
    ),
}
"""Versions of the core and of a row that are wrong: owner, name, what stands there instead, and what it comes to."""


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_found(name: str) -> None:
    """The property fails for what is wrong."""
    owner, attribute, wrong, what_it_comes_to = MISTAKES[name]
    search = settings(
        database=None, max_examples=2000, deadline=None, derandomize=True, phases=[Phase.generate], print_blob=False
    )
    with (
        mock.patch.object(owner, attribute, wrong),
        pytest.raises(AssertionError, match=what_it_comes_to),
    ):
        search(given(aws=worlds)(check))()


RESETS_OF_THE_ACTIVITY: Final[dict[str, Aws]] = {
    "then a quota": Aws(by_name=False, is_foreign=False, troubles=["lost after", QUOTA], reset_after=frozenset({1})),
    "then an outage": Aws(
        by_name=False, is_foreign=False, troubles=["lost after", *OUTAGE], reset_after=frozenset({1})
    ),
    "then an outage, under a name": Aws(
        by_name=True, is_foreign=False, troubles=["lost after", *OUTAGE], reset_after=frozenset({1})
    ),
    "of a running attempt": Aws(
        by_name=False,
        is_foreign=False,
        troubles=["no connection", "lost after", "no connection", QUOTA],
        reset_after=frozenset({3}),
        resets_running_attempt=True,
    ),
}
"""What happens to a start whose reply was lost before its activity was reset."""


@pytest.mark.parametrize("name", RESETS_OF_THE_ACTIVITY)
def test_after_a_reset_of_the_activity_what_it_created_is_found(name: str) -> None:
    """As after any lost reply, although Temporal counts from 1 again."""
    check(RESETS_OF_THE_ACTIVITY[name])


@pytest.mark.parametrize("name", RESETS_OF_THE_ACTIVITY)
def test_a_reset_that_is_not_noticed_is_found(name: str) -> None:
    """Without its memory, the run gives up what runs."""

    def read(*, may_be_known: bool) -> EarlierAttempts:
        earlier = _READ(may_be_known=may_be_known)
        earlier.was_reset = False
        return earlier

    with mock.patch.object(EarlierAttempts, "read", read), pytest.raises(AssertionError, match=GIVEN_UP):
        check(RESETS_OF_THE_ACTIVITY[name])
