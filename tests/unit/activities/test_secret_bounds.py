"""Secrets of starts: how many and how long ones are taken, and that the search for them keeps nothing else waiting."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.classification import MAX_READ_CHARS
from activities.aws.platforms import Platforms
from activities.aws.secrets.bounds import MAX_JOB_SECRETS_CHARS, MAX_SECRET_CHARS, MAX_SECRETS, BoundedSecrets
from activities.aws.secrets.readers import open_vault
from activities.aws.secrets.resolver import Secrets
from activities.aws.secrets.vaults import FileVault
from activities.executions import ExecutionActivities
from activities.job_models import StartJobRequest
from activities.jobs import JobActivities
from activities.models import StartRequest
from activities.redaction import MASK, Redaction, redacted_beginning
from activities.resources.jobs import JOBS
from activities.starting import jobs as starting
from activities.starting.job_request import input_shape
from activities.watching.poller import SharedPoller
from contract.job_kinds import JobKind
from contract.job_run import MAX_REQUEST_BYTES, JobRunInput
from contract.secret_reference import SecretReference
from tests.unit.activities.attempt import attempt
from tests.unit.activities.scripted_aws import Answer, ScriptedAws, refusal, reply
from tests.unit.activities.test_redaction import FORMS

SECRET: Final = "PLANTED-4815162342"
REQUEST: Final[dict[str, Any]] = {
    "AlgorithmSpecification": {"TrainingImage": "x", "TrainingInputMode": "File"},
    "RoleArn": "arn:aws:iam::111122223333:role/training",
    "OutputDataConfig": {"S3OutputPath": "s3://models/out"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
START: Final = StartJobRequest(
    platform="default", job=JobKind.TRAINING, suffix="abcdefghijklm", owner="run", name_if_none="nightly"
)
PAGE: Final = f"<!DOCTYPE html><html><title>{SECRET}</title>{'blocked ' * 130_000}</html>"
STARTED: Final = reply(TrainingJobArn="arn:aws:sagemaker:us-east-1:111122223333:training-job/nightly-abcdefghijklm")

Start = Callable[[dict[str, str]], Any]


class Searched:
    """What is done to find secrets: in which threads, over how many secrets and texts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.threads: list[threading.Thread] = []
        self.learned: list[str] = []
        self.texts: list[str] = []
        learn, of = Redaction._learn, Redaction.of  # noqa: SLF001 — what costs the time

        def learning(redaction: Redaction, secret: str) -> bool:
            self.threads.append(threading.current_thread())
            self.learned.append(secret)
            return learn(redaction, secret)

        def finding(redaction: Redaction, text: str) -> str:
            self.threads.append(threading.current_thread())
            self.texts.append(text)
            return of(redaction, text)

        monkeypatch.setattr(Redaction, "_learn", learning)
        monkeypatch.setattr(Redaction, "of", finding)


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> Searched:
    """What this test's starts do to find secrets."""
    return Searched(monkeypatch)


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """The directory of a file vault, with one secret in it."""
    (tmp_path / "one").write_text(SECRET)
    return tmp_path


@pytest.fixture
def calls_with_vault(aws: ScriptedAws, vault: Path) -> Iterator[SageMakerCalls]:
    """Calls of the scripted AWS, and a vault that is open to parameters."""
    files = FileVault(provider="file", directory=str(vault), allow_in_parameters=True)
    calls = SageMakerCalls(Platforms([aws.platform]), threads=1, secrets=Secrets({"files": files}, open_vault))
    yield calls
    calls.close()


@pytest.fixture
def start_job(calls_with_vault: SageMakerCalls, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Starts a training job with these environment variables."""

    async def start(environment: dict[str, str]) -> Any:
        async def read_input(_: object) -> JobRunInput:
            return JobRunInput(job=JobKind.TRAINING, request={**REQUEST, "Environment": environment})

        monkeypatch.setattr("activities.jobs.read_job_input", read_input)
        activities = JobActivities(calls_with_vault, SharedPoller(calls_with_vault))
        return await attempt().run(activities.start_job, START)

    return start


@pytest.fixture
def start_pipeline(calls_with_vault: SageMakerCalls) -> Start:
    """Starts an execution with these parameters."""

    async def start(parameters: dict[str, str]) -> Any:
        activities = ExecutionActivities(calls_with_vault, SharedPoller(calls_with_vault))
        request = StartRequest(
            platform="default",
            pipeline_name="churn",
            client_request_token="t" * 32,
            parameters=parameters,
            check_parameters=False,
        )
        return await attempt().run(activities.start_pipeline_execution, request)

    return start


@pytest.fixture(params=["start_job", "start_pipeline"])
def start(request: pytest.FixtureRequest) -> Start:
    """Both ways to start something with secrets."""
    found: Start = request.getfixturevalue(request.param)
    return found


async def failure_of(started: Any) -> ApplicationError:
    """The failure of a start."""
    with pytest.raises(ApplicationError) as raised:
        await started
    return raised.value


async def test_one_secret_in_several_spellings_is_searched_for_once(
    aws: ScriptedAws, start: Start, searched: Searched
) -> None:
    """A file vault reads `one`, `./one` and `././one` as the same file."""
    aws.script.append(refusal("ValidationException", f"the value {SECRET} is not valid"))
    failure = await failure_of(start({f"P{n}": f"vault://files/{'./' * n}one" for n in range(5)}))
    assert f"the value {MASK} is not valid" in failure.message
    assert searched.learned == [SECRET]


@pytest.mark.parametrize(
    "answer",
    [refusal("ValidationException", f"the value {SECRET} is not valid"), Answer(PAGE, 403, "text/html")],
    ids=["a refusal", "a page"],
)
async def test_the_event_loop_searches_for_no_secret(
    aws: ScriptedAws, start: Start, searched: Searched, answer: Answer
) -> None:
    """Neither is what finds the secrets made there, nor is any text searched, and of a page only the beginning is."""
    aws.script += [answer] * 5
    failure = await failure_of(start({"P": "vault://files/one"}))
    aws.script.clear()
    assert SECRET not in failure.message
    assert searched.threads
    assert threading.main_thread() not in searched.threads
    assert max(map(len, searched.texts)) <= MAX_READ_CHARS


async def test_nothing_is_searched_where_nothing_is_quoted(
    aws: ScriptedAws, start_job: Start, searched: Searched
) -> None:
    """The first describe of most starts has no text."""
    aws.script += [STARTED, reply(TrainingJobStatus="InProgress")]
    await start_job({"P": "vault://files/one"})
    assert searched.threads == []


async def test_what_the_first_describe_quotes_is_removed_in_a_thread(
    aws: ScriptedAws, start_job: Start, searched: Searched
) -> None:
    """A job may have failed already."""
    aws.script += [STARTED, reply(TrainingJobStatus="Failed", FailureReason=f"bad {SECRET}")]
    followed = await start_job({"P": "vault://files/one"})
    assert followed.observed.failure_reason == f"bad {MASK}"
    assert threading.main_thread() not in searched.threads


async def test_a_secret_that_no_request_takes_is_refused(
    aws: ScriptedAws, start_job: Start, vault: Path, searched: Searched
) -> None:
    """With its place and what to do; nothing is sent."""
    (vault / "big").write_text("x" * (MAX_SECRET_CHARS + 1))
    failure = await failure_of(start_job({"BIG": "vault://files/big"}))
    assert (failure.type, failure.non_retryable) == ("SecretUnavailable", True)
    for part in ("vault://files/big", str(MAX_SECRET_CHARS + 1), "request.Environment.BIG", "by its S3 address"):
        assert part in failure.message
    assert (aws.requests, searched.learned) == ([], [])


async def test_secrets_are_bounded_together(aws: ScriptedAws, start_job: Start, vault: Path) -> None:
    """Four of the longest are taken, five are not."""
    for number in range(5):
        (vault / f"s{number}").write_text(f"{number}" * MAX_SECRET_CHARS)
    aws.script.append(STARTED)
    aws.script.append(reply(TrainingJobStatus="InProgress"))
    await start_job({f"P{number}": f"vault://files/s{number}" for number in range(4)})
    failure = await failure_of(start_job({f"P{number}": f"vault://files/s{number}" for number in range(5)}))
    assert failure.type == "SecretUnavailable"
    assert f"at most {MAX_JOB_SECRETS_CHARS} are taken" in failure.message
    assert aws.operations == ["CreateTrainingJob", "DescribeTrainingJob"]


async def test_a_secret_in_too_many_places_is_refused(
    aws: ScriptedAws, start_job: Start, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand references to one secret would make a request of megabytes."""
    (vault / "big").write_text("x" * MAX_SECRET_CHARS)
    monkeypatch.setattr(starting, "MAX_REQUEST_BYTES", MAX_SECRET_CHARS * 10)
    failure = await failure_of(start_job({f"P{n}": "vault://files/big" for n in range(11)}))
    assert failure.type == "SecretUnavailable"
    assert "refer to secrets in fewer places" in failure.message
    assert aws.requests == []
    assert MAX_REQUEST_BYTES > MAX_JOB_SECRETS_CHARS


def test_secrets_are_bounded_in_number() -> None:
    """Different ones; each is searched for in more than ten forms."""
    secrets = BoundedSecrets(lambda reference: reference.secret, MAX_JOB_SECRETS_CHARS)
    for number in range(MAX_SECRETS):
        secrets.read(SecretReference("files", f"s{number}"), "request.x")
        secrets.read(SecretReference("files", "s0"), "request.x")
    with pytest.raises(Exception, match=f"more than {MAX_SECRETS} secrets"):
        secrets.read(SecretReference("files", "another"), "request.x")


def test_the_longest_text_of_a_request_may_be_a_secret() -> None:
    """By SageMaker's service model; what it does not bound does not count."""
    longest = max(length for kind in JOBS for length in lengths_of(input_shape(kind.create), 0))
    assert longest == MAX_SECRET_CHARS


def lengths_of(shape: Shape, depth: int) -> Iterator[int]:
    """The longest texts that the members of a request may be."""
    if depth > 12:
        return
    if isinstance(shape, StructureShape):
        for member in shape.members.values():
            yield from lengths_of(member, depth + 1)
    elif isinstance(shape, ListShape):
        yield from lengths_of(shape.member, depth + 1)
    elif isinstance(shape, MapShape):
        yield from lengths_of(shape.value, depth + 1)
    elif shape.type_name == "string":
        yield shape.metadata.get("max") or 0


@pytest.mark.parametrize("form", FORMS)
def test_a_cut_leaves_no_fragment_of_a_secret(form: str) -> None:
    """Wherever it cuts through the quotation: what is left of it may be too short to be recognised."""
    secret = 'PLANTED "pass"word\\with \u00e9 and more'
    written, before = FORMS[form](secret), "-- " * 20
    text = f"{before}{written}{'.' * 100}"
    for length in range(len(before), len(before) + len(written) + 1):
        told = redacted_beginning(text, length, [Redaction([secret])])
        assert Redaction([secret]).of(text).startswith(told), (length, told)


def test_a_cut_leaves_no_part_of_a_short_secret() -> None:
    """One without letters and digits is not recognised by its fragments."""
    for length in range(20, 30):
        assert "!?" not in redacted_beginning(f"{'x' * 20}!?!?!?{'.' * 50}", length, [Redaction(["!?!?!?"])])


def test_a_text_that_is_not_cut_stays() -> None:
    """To its last letter."""
    assert redacted_beginning("bad value of X", 14, [Redaction([SECRET])]) == "bad value of X"
    assert redacted_beginning(f"{'y' * 40} cut", 40, [Redaction([SECRET])]) == "y" * 29


async def test_a_cut_leaves_no_beginning_of_a_value_in_clear(aws: ScriptedAws, start_job: Start) -> None:
    """A long refusal is cut in the middle of a value that the caller wrote in clear."""
    many, clear = "m" * 512, "PLAINvalue-of-the-caller" * 20
    head = f"bad {many * 11} "
    aws.script.append(
        refusal("ValidationException", f"{head}{' ' * (MAX_READ_CHARS - len(head) - 100)}{clear}{'.' * 99}")
    )
    failure = await failure_of(start_job({"MANY": many, "CLEAR": clear}))
    assert "a value of the request" in failure.message
    assert "PLAIN" not in failure.message
