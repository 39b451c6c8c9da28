"""`SageMakerPlatformCheck` through a worker: good, half-broken and dead platforms, and input of every kind."""

from typing import Any

import pytest

from activities.aws.identity_policy import identity_policy
from activities.aws.permissions import Feature
from activities.aws.place import Place
from contract.names import SEARCH_ATTRIBUTES
from contract.platform_check import Checker
from tests.credentials.platform_file import PlatformFile
from tests.credentials.sts_standin import ACCOUNT, ROLE, Sts, error, identity_token
from tests.platform_check.checks import ALL_NAMES, NAMES, PERMISSIONS, USER, Checks, verdicts
from tests.workflows.stage import Stage


def policy() -> dict[str, Any]:
    """What `iam-policy` grants on all pipelines of the stand-in."""
    return identity_policy(Place("aws", "us-east-1", ACCOUNT), [], [Feature.RUNS])


def effects(checks: Checks) -> dict[str, tuple[int, float | None]]:
    """What callers have done to each execution: starts and the last stop. Its status goes on by itself."""
    listed = checks.stage.standin.control("GET", "/executions")
    return {each["execution_arn"]: (each["starts_accepted"], each["stop_accepted_at"]) for each in listed}


ALL_RIGHT = dict.fromkeys(ALL_NAMES, True)


async def test_a_good_platform_is_told_in_full(checks: Checks) -> None:
    """Who, where, how, and nothing to mend; and nothing was started or stopped."""
    before = effects(checks)
    found = await checks.check({"platform": "default"})
    assert verdicts(found) == ALL_RIGHT
    assert (found.ok, found.platform, found.region, found.auth_method) == (True, "default", "us-east-1", "default")
    assert (found.account, found.identity, found.credentials_expire_at) == (ACCOUNT, USER, None)
    assert found.checked_by is Checker.WORKER
    assert [check.remedy for check in found.checks] == [None] * len(ALL_NAMES)
    assert effects(checks) == before
    assert checks.stage.calls("StartPipelineExecution")["by_code"] == {"ResourceNotFound": 1}
    assert checks.stage.calls("StopPipelineExecution")["by_code"] == {"ResourceNotFound": 1}


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="none"),
        pytest.param([None], id="null"),
        pytest.param([{}], id="empty"),
        pytest.param([{"Platform": "default", "Pipelines": None}], id="PascalCase"),
        pytest.param([{"platform": "default", "pipelines": ["churn-*"]}], id="snake_case"),
    ],
)
async def test_every_form_of_input_is_read(checks: Checks, arguments: list[object]) -> None:
    """Nothing is required, and .NET writes nulls for what is not given."""
    assert verdicts(await checks.check(*arguments)) == ALL_RIGHT


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ({"platform": "nope"}, "this worker has no platform 'nope'; it has: default"),
        ({"platfrom": "default"}, "platfrom: unknown field; known fields: platform, pipelines"),
        ({"platform": 5}, "platform: "),
        ({"platform": "x" * 5000}, "platform: must be 1 to 100 characters"),
        ({"pipelines": ["a b"]}, "pipelines.0: must be a pipeline's name or a pattern such as churn-*"),
        ({"pipelines": ["churn-"]}, "pipelines.0: must be"),
        (["default"], "must be a JSON object"),
    ],
)
async def test_bad_input_is_refused_by_name(checks: Checks, argument: object, told: str) -> None:
    """The field and the remedy, and no looping workflow task."""
    refusal = await checks.refusal(argument)
    assert refusal.type == "InvalidInput"
    assert told in refusal.message


@pytest.mark.parametrize("action", PERMISSIONS)
async def test_a_missing_permission_is_named_with_its_resource(checks: Checks, action: str) -> None:
    """Each permission by itself; an execution is another resource than its pipeline."""
    checks.stage.standin.fault(action.partition(":")[2], "access_denied")
    found = await checks.check()
    assert verdicts(found) == {**ALL_RIGHT, action: False}
    assert not found.ok
    missing = next(check for check in found.checks if check.name == action)
    assert missing.remedy is not None
    (resource,) = (statement["Resource"][0] for statement in policy()["Statement"] if action in statement["Action"])
    assert missing.remedy.startswith(f"Grant {action} on {resource}.")
    assert ("some pipelines only" in missing.remedy) == (":pipeline/" in resource)
    assert "request_id=" in missing.detail


async def test_permissions_on_some_pipelines_are_asked_about_by_pattern(checks: Checks) -> None:
    """What `iam-policy --pipelines` grants, `doctor --pipelines` finds; an exact name is never started."""
    found = await checks.check({"pipelines": ["Churn-*", "quick-check"]})
    assert verdicts(found) == {**ALL_RIGHT, "sagemaker:StartPipelineExecution": None}
    assert found.ok
    by_name = {check.name: check.detail for check in found.checks}
    prefix = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline"
    assert by_name["sagemaker:DescribePipeline"] == f"allowed on {prefix}/churn-*, {prefix}/quick-check"
    assert "quick-check without starting it" in by_name["sagemaker:StartPipelineExecution"]
    assert checks.stage.calls("StartPipelineExecution")["received"] == 1


async def test_listing_is_a_permission_of_its_own(checks: Checks) -> None:
    """Runs work without it, and SageMaker was reached all the same."""
    checks.stage.standin.fault("ListPipelines", "access_denied")
    found = await checks.check()
    assert verdicts(found) == {**ALL_RIGHT, "sagemaker:ListPipelines": False}


@pytest.mark.parametrize("effect", ["throttle", "html_5xx"])
async def test_what_could_not_be_asked_is_no_failure(checks: Checks, effect: str) -> None:
    """A throttled or interrupted question says nothing about the permission."""
    checks.stage.standin.fault("DescribePipeline", effect)
    found = await checks.check()
    assert verdicts(found) == {**ALL_RIGHT, "sagemaker:DescribePipeline": None}
    assert found.ok


async def test_refused_credentials_are_told_once_with_the_code(checks: Checks) -> None:
    """SageMaker answered, so it is there; asking it for permissions would tell nothing."""
    checks.stage.standin.fault("*", "expired_credentials")
    found = await checks.check()
    assert verdicts(found) == {
        **{name: True for name in ALL_NAMES if name not in PERMISSIONS},
        "AWS credentials": False,
        "sagemaker:ListPipelines": None,
    }
    credentials = next(check for check in found.checks if check.name == "AWS credentials")
    assert credentials.detail.startswith("ExpiredTokenException: The security token included in the request is expired")
    assert (
        credentials.remedy == "The session that the keys belong to has ended: give new keys, or mend what renews them."
    )


async def test_an_unreachable_sts_stops_nothing_else(checks: Checks, sts: Sts) -> None:
    """Only whose the keys are stays unknown; the account is then a pipeline's."""
    sts.troubles = [error("InternalFailure", "try again", 500)] * 10
    name = checks.stage.pipeline()
    found = await checks.check()
    assert verdicts(found) == ALL_RIGHT, name
    assert (found.account, found.identity) == (None, None)
    credentials = next(check for check in found.checks if check.name == "AWS credentials")
    assert "whose they are is not known: InternalFailure" in credentials.detail
    assert "sts_endpoint_url" in str(credentials.remedy)


async def test_a_web_identity_tells_its_session_and_end(idle_stage: Stage, file: PlatformFile, sts: Sts) -> None:
    """Method, identity, account and expiry of a platform with a role."""
    auth = {"method": "web_identity", "role_arn": ROLE, "token_file": str(file.put("token", identity_token()))}
    file.platform(auth, endpoint_url=idle_stage.standin.url, sts_endpoint_url=sts.url, name="prod")
    async with file.worker(idle_stage):
        found = await Checks(idle_stage).check({"platform": "prod"})
    assert verdicts(found) == ALL_RIGHT
    assert (found.auth_method, found.account) == ("web_identity", ACCOUNT)
    assert found.identity == f"arn:aws:sts::{ACCOUNT}:assumed-role/pipelines/polysync-sagemaker"
    assert found.credentials_expire_at is not None
    assert 3500 < (found.credentials_expire_at - found.checked_at).total_seconds() <= 3600


async def test_a_refused_role_and_a_wrong_account_are_told(idle_stage: Stage, file: PlatformFile, sts: Sts) -> None:
    """What keeps the platform from having credentials, with what to do; nothing is asked in vain."""
    token = str(file.put("token", identity_token(aud="elsewhere")))
    auth = {"method": "web_identity", "role_arn": ROLE, "token_file": token}
    file.platform(auth, endpoint_url=idle_stage.standin.url, sts_endpoint_url=sts.url)
    async with file.worker(idle_stage):
        found = await Checks(idle_stage).check()
    nothing_asked = {"SageMaker": None, "clock": None, "sagemaker:ListPipelines": None}
    expected = {"Temporal": True, "search attributes": True, "worker": True, "AWS credentials": False, **nothing_asked}
    assert verdicts(found) == expected
    assert "Incorrect token audience" in found.checks[3].detail
    file.put("token", identity_token())
    file.set('expected_account = "999988887777"')
    async with file.worker(idle_stage):
        found = await Checks(idle_stage).check()
    assert verdicts(found) == {**expected, "SageMaker": None}
    assert ACCOUNT in found.checks[3].detail
    assert "999988887777" in found.checks[3].detail


async def test_a_dead_endpoint_is_told_with_the_remedy(idle_stage: Stage, file: PlatformFile, sts: Sts) -> None:
    """Neither SageMaker nor STS: what they would tell is not guessed."""
    sts.troubles = [error("InternalFailure", "try again", 500)] * 10
    file.platform({"method": "default"}, endpoint_url="http://127.0.0.1:9")
    async with file.worker(idle_stage):
        found = await Checks(idle_stage).check()
    assert {name: verdicts(found)[name] for name in NAMES[:4]} == {
        "AWS credentials": None,
        "SageMaker": False,
        "clock": None,
        "sagemaker:ListPipelines": None,
    }
    sagemaker = next(check for check in found.checks if check.name == "SageMaker")
    assert "Could not connect to the endpoint URL" in sagemaker.detail
    assert "check that the worker reaches the endpoint" in str(sagemaker.remedy)
    assert len(found.checks) == 3 + 4


async def test_search_attributes_are_left_alone(checks: Checks) -> None:
    """A check must come through in a namespace that lacks them."""
    handle = await checks.stage.client.start_workflow(
        "SageMakerPlatformCheck", id=f"plain-{checks.stage.task_queue}", task_queue=checks.stage.task_queue
    )
    await handle.result()
    description = await handle.describe()
    assert not {key.name for key in SEARCH_ATTRIBUTES} & {pair.key.name for pair in description.typed_search_attributes}
