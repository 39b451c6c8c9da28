"""Each rule: what it finds, and what it leaves alone."""

import copy
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from activities.definitions.linting import MAX_FINDINGS, Finding, lint
from activities.definitions.rules.rule import Severity
from activities.definitions.rules.table import RULES
from contract.definition_text import MAX_DEFINITION_CHARS
from tests.unit.activities.definitions.samples import BUCKET, churn, get, pipeline, processing, training, written

Json = dict[str, Any]

PREPARE, TRAIN = "$.Steps[0]", "$.Steps[1]"
PREFIX = "s3://churn-artifacts/prod/"


def churn_with(step: int, path: str, value: Any) -> Json:
    """The sample with a member of a step set; None removes it."""
    document = churn()
    place = document["Steps"][step]
    *inner, last = path.split(".")
    for part in inner:
        place = place.setdefault(part, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return document


def train_with(path: str, value: Any) -> Json:
    """The sample with an argument of its training set."""
    return churn_with(1, f"Arguments.{path}", value)


def spot(**stopping: int) -> Json:
    """The sample, trained on spot instances with checkpoints."""
    document = train_with("EnableManagedSpotTraining", value=True)
    document["Steps"][1]["Arguments"] |= {"CheckpointConfig": {"S3Uri": f"{BUCKET}/c"}, "StoppingCondition": stopping}
    return document


def with_step(name: str, kind: str, **members: Any) -> Json:
    """The sample with one more step."""
    document = churn()
    document["Steps"].append({"Name": name, "Type": kind, "Arguments": {}, **members})
    return document


def check(if_steps: list[Json], name: str = "Check") -> Json:
    """A condition."""
    return {"Name": name, "Type": "Condition", "Arguments": {"Conditions": [], "IfSteps": if_steps, "ElseSteps": []}}


def with_default(value: Any) -> Json:
    """The sample with another default of its parameter."""
    document = churn()
    document["Parameters"][0]["DefaultValue"] = value
    return document


def with_parameter(**members: Any) -> Json:
    """The sample with one more parameter."""
    document = churn()
    document["Parameters"].append({"Type": "String", **members})
    return document


def named_secrets() -> list[tuple[Json, str]]:
    """Secrets whose names stand beside them, as in parameters, in lists of names and values, and in command lines."""
    beside: dict[str, Json] = {
        "DB.Value": {"DB": {"Name": "DB_PASSWORD", "Value": SECRET}},
        "Properties[0].Value": {"Properties": [{"Key": "db_password", "Value": SECRET}]},
        "Overrides[0].value": {"Overrides": [{"name": "DB_PASSWORD", "value": SECRET}]},
        "Parameters[0].ParameterValue": {"Parameters": [{"ParameterKey": "DbPassword", "ParameterValue": SECRET}]},
        "Args[2]": {"Args": ["load", "--password", SECRET]},
        "Args[0]": {"Args": [f"--db-password={SECRET}"]},
        "Args[1]": {"Args": ["-D", f"fs.s3a.secret.key={SECRET}"]},
        "Args[0].x": {"Args": [{"x": f"mysql -h db --password={SECRET} < load.sql"}]},
        "Script": {"Script": f"set -e\nexport DB_PASSWORD='{SECRET}'\npython load.py"},
        "Command": {"Command": f"load --db-password {SECRET} --verbose"},
        "Body": {"Body": f'curl -d \'{{"user": "me", "password": "{SECRET}"}}\' https://db'},
        "Event": {"Event": json.dumps({"body": json.dumps({"password": SECRET})})},
        "Code": {"Code": f'connect("db", password = "{SECRET}")'},
        "Curl": {"Curl": f"curl -H 'Authorization: Bearer {SECRET}' https://db"},
    }
    return [
        (with_parameter(Name="DbPassword", DefaultValue=SECRET), "$.Parameters[1].DefaultValue"),
        (
            with_parameter(ParameterName="DbPassword", Name="P", DefaultValue=SECRET),
            "$.Parameters[1].DefaultValue",
        ),
        *(
            (with_step("Load", "EMR", Arguments=arguments), f"$.Steps[2].Arguments.{path}")
            for path, arguments in beside.items()
        ),
    ]


def tuned(**resources: Any) -> Json:
    """A pipeline with a tuning step in place of the training."""
    document = churn()
    arguments = document["Steps"][1]["Arguments"]
    arguments["ResourceConfig"] |= resources
    document["Steps"][1] |= {"Type": "Tuning", "Arguments": {"TrainingJobDefinition": arguments}}
    return document


SECRET = "hunter2-correct-horse"
NO_SECRETS = (
    "export DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id db --query SecretString)",
    'mysql --password="$DB_PASSWORD" --user=load',
    "mysql --password $DB_PASSWORD; mysql --password-file /run/db; mysql --password --user load",
    "def load(password=None): return connect(password=password)",
    "connect(user='load', password=read_secret('db'), token=args.token, api_key=os.environ['KEY'])",
    "load --db-password=${DB_PASSWORD} --secret-name=db --secret-arn=arn:aws:secretsmanager:eu-west-1:1:secret:db",
    'curl -H "Authorization: Bearer $TOKEN" https://db',
    "Give the option --password to log in; the password: see the vault",
    '{"max_tokens": "512", "eos_token": "</s>", "secret_name": "db", "token": "{{vault.token}}"}',
    "--use-auth-token=true --token-count 512x --tokenizer=bert",
)
UUID = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"
REGISTER = {"ModelPackageGroupName": "churn", "ModelApprovalStatus": "PendingManualApproval"}
JSON_GET = {"Std:JsonGet": {"PropertyFile": get("Steps.Prepare.PropertyFiles.Report"), "Path": "a.b"}}

# rule → definitions in which it finds something, with the place; definitions in which it finds nothing.
SAMPLES: dict[str, tuple[list[tuple[Any, str]], list[Any]]] = {
    "json": (
        [
            ("{", "$"),
            ("[]", "$"),
            ("[" * 100_000, "$"),
            (written(churn() | {"Metadata": float("nan")}), "$"),
            (written(churn() | {"Metadata": float("-inf")}), "$"),
            ("[" * 600 + "]" * 600, "$"),
            (" " * (MAX_DEFINITION_CHARS + 1), "$"),
            (churn() | {"Version": "2020-12-02"}, "$.Version"),
            (churn() | {"Steps": {}}, "$.Steps"),
            (churn() | {"Steps": []}, "$.Steps"),
            (churn() | {"Steps": [7]}, "$.Steps[0]"),
            (churn() | {"Parameters": [{"Type": "String"}]}, "$.Parameters[0]"),
            (pipeline(check([{"Name": "NoType"}])), "$.Steps[0].Arguments.IfSteps[0]"),
        ],
        [churn(), churn() | {"Parameters": None}, json.dumps(churn(), indent=2)],
    ),
    "names": (
        [
            (churn_with(0, "Name", "Prepare data"), "$.Steps[0].Name"),
            (churn_with(0, "Name", "x" * 65), "$.Steps[0].Name"),
            (pipeline(training("Train"), check([training("Train")])), "$.Steps[1].Arguments.IfSteps[0].Name"),
            (pipeline(training("Check"), check([])), "$.Steps[1].Name"),
            (
                pipeline(
                    training("Train"),
                    {"Name": "Loop", "Type": "ForEach", "Arguments": {"ForEachBody": [training("Train")]}},
                ),
                "$.Steps[1].Arguments.ForEachBody[0].Name",
            ),
            (churn() | {"Parameters": [{"Name": "A"}, {"Name": "InputData"}, {"Name": "A"}]}, "$.Parameters[2].Name"),
            (churn() | {"Parameters": [{"Name": "InputData"}, {"Name": "a b"}]}, "$.Parameters[1].Name"),
        ],
        [pipeline(training("Train"), check([training("Train-2")])), churn_with(1, "Name", "x" * 64)],
    ),
    "refs": (
        [
            (train_with("RoleArn", get("Parameters.Role")), "$.Steps[1].Arguments.RoleArn.Get"),
            (train_with("HyperParameters.x", get("Steps.Load.Arn")), "$.Steps[1].Arguments.HyperParameters.x.Get"),
            (churn_with(1, "DependsOn", ["Prepare", "Load"]), "$.Steps[1].DependsOn[1]"),
            (churn_with(0, "DependsOn", ["Train"]), "$.Steps[0]"),
            (churn_with(0, "DependsOn", ["Prepare"]), "$.Steps[0]"),
            (
                pipeline(processing("Prepare"), check([training("Train")]) | {"DependsOn": ["Train"]}),
                "$.Steps[1].Arguments.IfSteps[0]",
            ),
            (
                train_with("HyperParameters.x", JSON_GET),
                "$.Steps[1].Arguments.HyperParameters.x['Std:JsonGet'].PropertyFile.Get",
            ),
        ],
        [
            churn_with(1, "DependsOn", ["Prepare"]),
            train_with("HyperParameters.x", get("Execution.PipelineName")),
            pipeline(processing("Prepare", PropertyFiles=[{"PropertyFileName": "Report"}]))
            | {"Steps": [processing("Prepare", PropertyFiles=[{"PropertyFileName": "Report"}]), check([]) | JSON_GET]},
            # A type of step that holds steps in a way that is not known here.
            with_step(
                "Loop", "ForEach", Arguments={"Body": [{"Name": "Inner", "Type": "Lambda"}]}, DependsOn=["Inner"]
            ),
        ],
    ),
    "limits": (
        [
            (churn() | {"Parameters": [{"Name": f"P{n}"} for n in range(201)]}, "$.Parameters"),
            (
                churn_with(0, "Arguments.ProcessingInputs", [{"InputName": str(n)} for n in range(11)]),
                "$.Steps[0].Arguments.ProcessingInputs",
            ),
            (train_with("Tags", [{"Key": str(n), "Value": ""} for n in range(51)]), "$.Steps[1].Arguments.Tags"),
        ],
        [
            churn_with(0, "Arguments.ProcessingInputs", [{"InputName": str(n)} for n in range(10)]),
            churn() | {"Parameters": [{"Name": f"P{n}"} for n in range(200)]},
        ],
    ),
    "cache-off": (
        [(churn_with(1, "CacheConfig", None), TRAIN)],
        [churn_with(1, "CacheConfig", {"Enabled": False}), with_step("Fn", "Lambda")],
    ),
    "cache-noise": (
        [
            (
                train_with("HyperParameters.sagemaker_job_name", "x"),
                "$.Steps[1].Arguments.HyperParameters.sagemaker_job_name",
            ),
            (train_with("Environment.CODE", f"s3://b/{UUID}/a.py"), "$.Steps[1].Arguments.Environment.CODE"),
            (
                train_with("Environment.CODE", "s3://b/job-2026-11-26-21-15-03-123/a"),
                "$.Steps[1].Arguments.Environment.CODE",
            ),
            (train_with("Environment.CODE", "s3://b/1764191703/a"), "$.Steps[1].Arguments.Environment.CODE"),
            (
                train_with("Environment.RUN", get("Execution.PipelineExecutionId")),
                "$.Steps[1].Arguments.Environment.RUN.Get",
            ),
        ],
        [
            train_with("OutputDataConfig.S3OutputPath", f"s3://b/{UUID}"),
            train_with("Environment.DAY", "2026-11-26"),
            train_with("Environment.NAME", get("Execution.PipelineName")),
            train_with("Environment.CODE", f"s3://b/{'0b1c2d3e4f5061728394' * 3}/a.py"),
        ],
    ),
    "no-retry": (
        [
            (churn_with(0, "RetryPolicies", None), PREPARE),
            (churn_with(0, "RetryPolicies", [{"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"]}]), PREPARE),
            (churn_with(0, "RetryPolicies", [{"ExceptionType": 5}, {"ExceptionType": [5]}, 5]), PREPARE),
        ],
        [
            churn_with(0, "RetryPolicies", [{"ExceptionType": ["SageMaker.CAPACITY_ERROR"]}]),
            with_step("Fn", "Lambda"),
        ],
    ),
    "spot-no-checkpoint": (
        [(train_with("EnableManagedSpotTraining", value=True), "$.Steps[1].Arguments.EnableManagedSpotTraining")],
        [spot(MaxRuntimeInSeconds=1, MaxWaitTimeInSeconds=1), train_with("EnableManagedSpotTraining", value=False)],
    ),
    "spot-wait": (
        [
            (
                spot(MaxRuntimeInSeconds=7200, MaxWaitTimeInSeconds=3600),
                "$.Steps[1].Arguments.StoppingCondition.MaxWaitTimeInSeconds",
            ),
            (spot(MaxRuntimeInSeconds=7200), "$.Steps[1].Arguments.StoppingCondition"),
            (
                spot(MaxRuntimeInSeconds=10**400, MaxWaitTimeInSeconds=1),
                "$.Steps[1].Arguments.StoppingCondition.MaxWaitTimeInSeconds",
            ),
        ],
        [spot(MaxRuntimeInSeconds=7200, MaxWaitTimeInSeconds=7200)],
    ),
    "warm-pool": (
        [
            (
                train_with("ResourceConfig.KeepAlivePeriodInSeconds", 7200),
                "$.Steps[1].Arguments.ResourceConfig.KeepAlivePeriodInSeconds",
            ),
            (
                train_with("ResourceConfig.KeepAlivePeriodInSeconds", 10**400),
                "$.Steps[1].Arguments.ResourceConfig.KeepAlivePeriodInSeconds",
            ),
            (
                tuned(KeepAlivePeriodInSeconds=600),
                "$.Steps[1].Arguments.TrainingJobDefinition.ResourceConfig.KeepAlivePeriodInSeconds",
            ),
        ],
        [train_with("ResourceConfig.KeepAlivePeriodInSeconds", 3600), tuned()],
    ),
    "runtime": (
        [
            (train_with("StoppingCondition", None), "$.Steps[1].Arguments"),
            (churn_with(0, "Arguments.StoppingCondition", {}), "$.Steps[0].Arguments.StoppingCondition"),
        ],
        [train_with("StoppingCondition.MaxRuntimeInSeconds", get("Parameters.InputData"))],
    ),
    "lambda-10min": ([(with_step("Fn", "Lambda"), "$.Steps[2]")], [with_step("Ask", "Callback")]),
    "approval": (
        [
            (
                with_step("Register", "RegisterModel", Arguments=REGISTER | {"ModelApprovalStatus": "Approved"}),
                "$.Steps[2].Arguments.ModelApprovalStatus",
            ),
            (
                with_default("Approved")
                | {
                    "Steps": [
                        {
                            "Name": "Register",
                            "Type": "RegisterModel",
                            "Arguments": {"ModelApprovalStatus": get("Parameters.InputData")},
                        }
                    ]
                },
                "$.Steps[0].Arguments.ModelApprovalStatus",
            ),
        ],
        [with_step("Register", "RegisterModel", Arguments=REGISTER)],
    ),
    "secret": (
        [
            (train_with("Environment.DB_PASSWORD", "hunter2"), "$.Steps[1].Arguments.Environment.DB_PASSWORD"),
            (train_with("Environment.X", "AKIAIOSFODNN7EXAMPLE"), "$.Steps[1].Arguments.Environment.X"),
            (
                train_with("Environment.X", "aws configure set aws_access_key_id AKIAIOSFODNN7EXAMPLE; run"),
                "$.Steps[1].Arguments.Environment.X",
            ),
            (train_with("HyperParameters.url", "postgres://me:pw@db/x"), "$.Steps[1].Arguments.HyperParameters.url"),
            (with_default("ghp_" + "a" * 36), "$.Parameters[0].DefaultValue"),
            *named_secrets(),
        ],
        [
            train_with("Environment.DB_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db"),
            train_with("Environment.DB_PASSWORD", get("Parameters.InputData")),
            train_with("Environment.DB_PASSWORD", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db"),
            train_with("HyperParameters.eos_token", "</s>"),
            train_with("HyperParameters.max_tokens", "512"),
            train_with("Environment.USE_AUTH_TOKEN", "true"),
            with_parameter(Name="DbSecretArn", DefaultValue="db-secret"),
            with_parameter(Name="DbPassword", DefaultValue=None),
            with_step("Load", "EMR", Arguments={"Args": ["--use-password", "--verbose", "--passwords-file", "p.txt"]}),
            with_step("Load", "EMR", Arguments={"Args": ["--password", get("Parameters.InputData"), "8", "a=b"]}),
            *(train_with("Environment.X", text) for text in NO_SECRETS),
        ],
    ),
    "prefix": (
        [
            (
                train_with("OutputDataConfig.S3OutputPath", "s3://churn-artifacts/production/models"),
                "$.Steps[1].Arguments.OutputDataConfig.S3OutputPath",
            ),
            (
                with_default("s3://elsewhere")
                | {"Steps": train_with("OutputDataConfig.S3OutputPath", get("Parameters.InputData"))["Steps"]},
                "$.Steps[1].Arguments.OutputDataConfig.S3OutputPath",
            ),
            (
                train_with(
                    "OutputDataConfig.S3OutputPath",
                    {"Std:Join": {"On": "/", "Values": ["s3://elsewhere", get("Execution.PipelineExecutionId")]}},
                ),
                "$.Steps[1].Arguments.OutputDataConfig.S3OutputPath",
            ),
            (train_with("CheckpointConfig", {"S3Uri": "s3://c"}), "$.Steps[1].Arguments.CheckpointConfig.S3Uri"),
        ],
        [
            churn(),
            train_with("OutputDataConfig.S3OutputPath", "s3://churn-artifacts/prod"),
            train_with(
                "OutputDataConfig.S3OutputPath",
                {"Std:Join": {"On": "/", "Values": ["s3:/", get("Parameters.Bucket"), "prod"]}},
            ),
            with_default("s3://input/may/come/from/anywhere"),
        ],
    ),
    "isolation": (
        [
            (train_with("EnableNetworkIsolation", value=False), "$.Steps[1].Arguments.EnableNetworkIsolation"),
            (churn_with(0, "Arguments.NetworkConfig", None), "$.Steps[0].Arguments"),
            (with_step("Model", "Model"), "$.Steps[2].Arguments"),
        ],
        [churn()],
    ),
    "vpc": ([(train_with("VpcConfig", None), "$.Steps[1].Arguments")], [churn()]),
    "encryption": (
        [
            (train_with("OutputDataConfig.KmsKeyId", ""), "$.Steps[1].Arguments.OutputDataConfig.KmsKeyId"),
            (train_with("ResourceConfig.VolumeKmsKeyId", None), "$.Steps[1].Arguments.ResourceConfig"),
            (train_with("ResourceConfig.InstanceCount", 2), "$.Steps[1].Arguments"),
        ],
        [
            churn(),
            # AWS refuses a key for disks that the hardware encrypts.
            train_with("ResourceConfig", {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1}),
        ],
    ),
}


def found_by(rule: str, definition: Any) -> list[Finding]:
    """What one rule finds."""
    text = definition if isinstance(definition, str) else written(definition)
    found = lint(text, regulated=True, artifact_prefix=PREFIX)
    return [finding for finding in found.listed if finding.rule.id == rule]


def cases(which: Callable[[tuple[Any, Any]], list[Any]]) -> list[Any]:
    """The samples of all rules as parameters."""
    return [
        pytest.param(rule, sample, id=f"{rule}-{number}")
        for rule, samples in SAMPLES.items()
        for number, sample in enumerate(which(samples))
    ]


def test_each_rule_has_samples() -> None:
    """A failing one and a passing one."""
    assert list(SAMPLES) == [rule.id for rule in RULES]
    assert all(failing and passing for failing, passing in SAMPLES.values())


@pytest.mark.parametrize(("rule", "sample"), cases(lambda samples: samples[0]))
def test_a_rule_finds_what_it_is_for(rule: str, sample: tuple[Any, str]) -> None:
    """Exactly one finding, at its place, with something to do about it."""
    definition, path = sample
    (finding,) = found_by(rule, definition)
    assert (finding.path, bool(finding.message), bool(finding.remedy)) == (path, True, True)


@pytest.mark.parametrize(("rule", "definition"), cases(lambda samples: samples[1]))
def test_a_rule_leaves_other_definitions_alone(rule: str, definition: Any) -> None:
    """Close to what it finds, and right."""
    assert found_by(rule, definition) == []


def test_the_sample_passes_all_rules() -> None:
    """So that each finding above comes from the change alone."""
    assert lint(written(churn()), regulated=True, artifact_prefix=PREFIX).listed == ()


def test_errors_are_what_aws_refuses_unless_rules_for_regulated_work_are_on() -> None:
    """Eleven inputs and secrets pass AWS, so they are warnings by default."""
    for rule, severity in {"limits": Severity.WARNING, "secret": Severity.WARNING, "names": Severity.ERROR}.items():
        (definition, _), *_ = SAMPLES[rule][0][-1:]
        found = [finding for finding in lint(written(definition)).listed if finding.rule.id == rule]
        assert [finding.severity for finding in found] == [severity]
        assert [finding.severity for finding in found_by(rule, definition)] == [Severity.ERROR]
    assert lint(written(SAMPLES["vpc"][0][0][0])).listed == ()


def test_a_secret_is_not_quoted() -> None:
    """A finding is printed in logs of a CI."""
    for definition in (train_with("Environment.DB_PASSWORD", SECRET), *(each for each, _ in named_secrets())):
        (finding,) = found_by("secret", definition)
        assert SECRET not in repr(finding)


def test_a_finding_has_line_and_column_of_its_place() -> None:
    """Of a member that is missing, the object that lacks it."""
    document = churn_with(1, "CacheConfig", None)
    text = json.dumps(document, indent=2)
    (finding,) = found_by("cache-off", text)
    lines = text.splitlines()
    assert lines[finding.location.line - 1][finding.location.column - 1 :] == "{"
    assert '"Name": "Train"' in lines[finding.location.line]
    (finding,) = found_by("refs", json.dumps(train_with("RoleArn", get("Parameters.Role")), indent=2))
    assert finding.location.line > 1


def hostile() -> dict[str, str]:
    """Definitions that are made to take time; the texts have nearly a megabyte."""
    step = copy.deepcopy(processing("P"))
    many = pipeline(*[step | {"Name": f"P{n}", "DependsOn": [f"P{n - 1}"] if n else []} for n in range(700)])
    return {
        "many steps": written(many),
        "tiny steps": written(pipeline() | {"Steps": [{"Name": f"s{n}", "Type": "Training"} for n in range(4_000)]}),
        "deep": written(train_with("Environment.x", json.loads("[" * 480 + "1," * 30_000 + "1" + "]" * 480))),
        "a text that resembles tokens": written(train_with("Environment.x", "-eyJaaaaaaaaaa" * 70_000)),
        "a text that resembles URLs": written(train_with("Environment.x", "a://b:" * 150_000)),
        "unclosed": '{"Steps": [' * 90_000,
        "one long name": written(train_with("Environment", {"password" * 120_000: "x"})),
    }


def test_a_hostile_definition_takes_bounded_time() -> None:
    """A few seconds at most, also on a machine that has other work."""
    for text in hostile().values():
        began = time.process_time()
        found = lint(text, regulated=True)
        assert time.process_time() - began < 10
        assert len(found.listed) <= MAX_FINDINGS


def test_findings_beyond_the_limit_are_counted_and_errors_come_first() -> None:
    """Warnings must not hide an error."""
    steps = [{"Name": f"s{n}", "Type": "Training"} for n in range(MAX_FINDINGS)] + [{"Name": "s0", "Type": "Fail"}]
    found = lint(written(pipeline() | {"Steps": steps}))
    assert (len(found.listed), found.left_out > 0) == (MAX_FINDINGS, True)
    assert [finding.rule.id for finding in found.listed if finding.severity is Severity.ERROR] == ["names"]


def test_findings_that_are_switched_off_hide_no_others() -> None:
    """The limit is of the findings that count; those that do not are listed and counted apart."""
    steps = [{"Name": f"s{n}", "Type": "Training"} for n in range(MAX_FINDINGS + 1)] + [
        {"Name": "Fn", "Type": "Lambda"}
    ]
    off = {"cache-off", "no-retry", "runtime"}
    found = lint(written(pipeline() | {"Steps": steps}), is_off=lambda rule, _: rule.id in off)
    assert [(finding.rule.id, finding.step) for finding in found.listed] == [("lambda-10min", "Fn")]
    assert found.left_out == 0
    assert {finding.rule.id for finding in found.switched_off} <= off
    assert len(found.switched_off) == MAX_FINDINGS
    assert found.switched_off_left_out == 3 * (MAX_FINDINGS + 1) - MAX_FINDINGS
