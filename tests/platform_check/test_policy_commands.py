"""`polysync-sagemaker iam-policy` and `trust-policy` as people call them; neither needs Temporal or AWS."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.credentials.platform_file import PlatformFile
from tests.credentials.sts_standin import AUDIENCE, ISSUER, ROLE, SUBJECT, identity_token
from tests.e2e.forked import Ended, call
from tests.unit.activities.policy_linter import lint

ACCOUNT = "111122223333"


def command(*arguments: str, **environment: str) -> Ended:
    """Our command, with nothing of this machine's own AWS configuration."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "POLYSYNC_"))}
    own = {"AWS_CONFIG_FILE": os.devnull, "TEMPORAL_ADDRESS": "127.0.0.1:9", **environment}
    return call(arguments, {**inherited, **own}, seconds=40)


def resources(policy: Any) -> list[str]:
    """All resources of a policy, sorted, without those that belong to no pipeline."""
    found = {resource for statement in policy["Statement"] for resource in statement["Resource"]}
    return sorted(resource for resource in found if not resource.endswith((":*/*", ":log-group:/aws/sagemaker/*")))


def test_a_policy_names_what_the_options_say() -> None:
    """Pipelines, region, account; the partition follows from the region."""
    ended = command("iam-policy", "--pipelines", "churn-*", "--account", ACCOUNT, "--region", "cn-north-1")
    assert (ended.code, ended.err) == (0, "")
    assert lint(ended.document) == []
    prefix = f"arn:aws-cn:sagemaker:cn-north-1:{ACCOUNT}:pipeline/churn-*"
    assert resources(ended.document) == ["*", prefix, f"{prefix}/execution/*"]


def test_what_is_not_known_is_told() -> None:
    """A wildcard never comes unnoticed."""
    ended = command("iam-policy", "--no-discovery", AWS_DEFAULT_REGION="eu-west-1")
    assert resources(ended.document) == [
        "arn:aws:sagemaker:eu-west-1:*:pipeline/*",
        "arn:aws:sagemaker:eu-west-1:*:pipeline/*/execution/*",
    ]
    assert ended.err == "The account is not known, so the policy allows any; name it with --account.\n"
    assert lint(ended.document) == []


def test_a_platform_tells_its_pipelines(file: PlatformFile) -> None:
    """The policy is as narrow as the platform's own list, unless the options say otherwise."""
    file.path.write_text(
        f'[platforms.default]\nregion = "eu-west-1"\nexpected_account = "{ACCOUNT}"\nallowed_pipelines = ["churn-*"]\n',
        encoding="utf-8",
    )
    arguments = ["iam-policy", "--no-discovery", "--platform", "default"]
    prefix = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:pipeline"
    for options, pipeline in (([], "churn-*"), (["--pipelines", "nightly"], "nightly")):
        ended = command(*arguments, *options, POLYSYNC_SAGEMAKER_PLATFORMS_FILE=str(file.path))
        assert resources(ended.document) == [f"{prefix}/{pipeline}", f"{prefix}/{pipeline}/execution/*"]


def test_a_platform_tells_region_and_account(file: PlatformFile) -> None:
    """Its default role is told of, and passed only on demand."""
    role = f"arn:aws:iam::{ACCOUNT}:role/Execution"
    file.platform({"method": "default"}, name="prod", expected_account=ACCOUNT, default_role_arn=role)
    settings = {"POLYSYNC_SAGEMAKER_PLATFORMS_FILE": str(file.path)}
    ended = command("iam-policy", "--platform", "prod", **settings)
    prefix = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/*"
    assert resources(ended.document) == ["*", prefix, f"{prefix}/execution/*"]
    assert f"--pass-role {role}" in ended.err
    passing = command("iam-policy", "--platform", "prod", "--pass-role", role, **settings)
    assert (passing.err, role in resources(passing.document)) == ("", True)
    assert lint(passing.document) == []
    missing = command("iam-policy", "--platform", "test", **settings)
    assert missing.code == 2
    assert "no platform 'test'; it has: prod" in missing.err


def test_the_queue_of_events_is_the_platforms(file: PlatformFile) -> None:
    """By its URL; a platform without a queue gets the one that `events-setup` makes, and is told so."""
    queue = f"https://sqs.eu-central-1.amazonaws.com/{ACCOUNT}/events"
    file.platform({"method": "default"}, more=f'[platforms.default.events]\nqueue_url = "{queue}"\n')
    options = ["iam-policy", "--events", "--account", ACCOUNT]
    ended = command(*options, POLYSYNC_SAGEMAKER_PLATFORMS_FILE=str(file.path))
    assert lint(ended.document) == []
    assert ended.document["Statement"][-1]["Resource"] == [f"arn:aws:sqs:eu-central-1:{ACCOUNT}:events"]
    without = command(*options, "--region", "eu-west-1")
    name = "polysync-sagemaker-default-events"
    assert without.document["Statement"][-1]["Resource"] == [f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{name}"]
    assert f"has no queue of events; the policy is for {name}" in without.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--pipelines", "a b"], "--pipelines 'a b' must be a pipeline's name or a pattern"),
        (["--account", "12"], "--account must be an account id"),
        (["--pass-role", "Execution"], "--pass-role must be an IAM role's ARN"),
    ],
)
def test_wrong_options_are_told_by_name(options: list[str], told: str) -> None:
    """Exit code 2."""
    ended = command("iam-policy", *options)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_a_token_tells_whom_to_trust(tmp_path: Path) -> None:
    """Its claims are pinned; the token itself is told nowhere."""
    token = tmp_path / "token"
    token.write_text(identity_token())
    ended = command("trust-policy", "web_identity", "--account", ACCOUNT, "--token", str(token))
    assert lint(ended.document) == []
    provider = ISSUER.removeprefix("https://")
    assert ended.document["Statement"][0]["Condition"] == {
        "StringEquals": {f"{provider}:aud": AUDIENCE, f"{provider}:sub": SUBJECT}
    }
    assert token.read_text().split(".")[2] not in ended.out + ended.err


@pytest.mark.parametrize(
    ("version", "provider"), [("1", "sts.windows.net/t-1/"), ("2", "login.microsoftonline.com/t-1/v2.0")]
)
def test_entra_is_trusted_by_tenant_and_version(version: str, provider: str) -> None:
    """The issuers of Entra's two versions differ."""
    options = ["--entra-tenant", "t-1", "--entra-version", version, "--audience", "app-1", "--subject", "object-1"]
    ended = command("trust-policy", "web_identity", "--account", ACCOUNT, *options)
    assert ended.document["Statement"][0]["Principal"]["Federated"].endswith(f":oidc-provider/{provider}")
    assert f'"{provider}:sub": "object-1"' in json.dumps(ended.document)


def test_the_other_methods(tmp_path: Path) -> None:
    """A bootstrap user with the external id, and the three services that hand out a machine's role."""
    user = f"arn:aws:iam::{ACCOUNT}:user/polysync"
    assumed = command("trust-policy", "assume_role", "--principal", user, "--external-id", "e-1")
    assert assumed.document["Statement"][0]["Condition"] == {"StringEquals": {"sts:ExternalId": "e-1"}}
    unpinned = command("trust-policy", "assume_role", "--principal", user)
    assert "Without --external-id" in unpinned.err
    for compute in ("ec2", "ecs", "eks"):
        ended = command("trust-policy", "instance_profile", "--on", compute, "--account", ACCOUNT)
        assert lint(ended.document) == []
    missing = command("trust-policy", "web_identity", "--account", ACCOUNT)
    assert (missing.code, "--issuer, --audience, --subject" in missing.err) == (2, True)
    no_token = command("trust-policy", "web_identity", "--account", ACCOUNT, "--token", str(tmp_path / "none"))
    assert (no_token.code, "cannot read" in no_token.err) == (2, True)
    assert command("trust-policy", "assume_role", "--principal", ROLE).code == 0


def test_a_policy_of_jobs_is_of_jobs_only() -> None:
    """Unless pipelines are named as well; roles are passed only where they are named, and that is said."""
    place = ("--account", ACCOUNT, "--region", "eu-west-1")
    ended = command("iam-policy", "--jobs", "training,processing:nightly-*", "--jobs", "transform", *place)
    assert ended.code == 0
    assert lint(ended.document) == []
    prefix = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}"
    assert {each for each in resources(ended.document) if ":log-group:" not in each} == {
        "*",
        f"{prefix}:training-job/*",
        f"{prefix}:processing-job/nightly-*",
        f"{prefix}:transform-job/*",
    }
    assert "The requests of training jobs, processing jobs name an execution role" in ended.err
    both = command("iam-policy", "--jobs", "transform", "--pipelines", "churn-*", *place)
    assert f"{prefix}:pipeline/churn-*" in resources(both.document)
    assert both.err == ""
    passing = command("iam-policy", "--jobs", "training", "--pass-role", ROLE, *place)
    assert (passing.err, passing.document["Statement"][0]["Sid"]) == ("", "PassExecutionRoles")
    wrong = command("iam-policy", "--jobs", "trainings")
    assert (wrong.code, "--jobs 'trainings' must be a kind of job" in wrong.err) == (2, True)


def test_a_platform_names_its_jobs(file: PlatformFile) -> None:
    """Beside its pipelines."""
    file.path.write_text('[platforms.default]\nregion = "eu-west-1"\nallowed_jobs = ["training"]\n', encoding="utf-8")
    ended = command("iam-policy", "--platform", "default", POLYSYNC_SAGEMAKER_PLATFORMS_FILE=str(file.path))
    assert {"StartPipelines", "RunTrainingJobs"} <= {each["Sid"] for each in ended.document["Statement"]}
