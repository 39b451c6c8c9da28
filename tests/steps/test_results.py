"""Steps, progress and outputs of executions, read over HTTP."""

import json
from typing import Any

import pytest

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platform
from activities.models import Results
from activities.results.documents import progress, step_document
from activities.results.outputs import facts, find_outputs
from activities.results.plan import Plan, read_plan
from activities.results.reading import read_steps
from activities.results.results import read_results
from contract.outputs import MAX_OUTPUTS_BYTES, Output
from contract.steps import Progress
from tests.standin.definitions import JsonObject, definition, job, step
from tests.standin.process import Standin

AUC = [{"MetricName": "validation:auc", "Value": 0.91, "Timestamp": 1.0}]
STEPS = [
    job("Prepare", seconds=5),
    step(
        "Train",
        "Training",
        ["Prepare"],
        HyperParameters={"STANDIN_SECONDS": "30", "STANDIN_JOB": json.dumps({"FinalMetricDataList": AUC})},
        OutputDataConfig={"S3OutputPath": "s3://models"},
        Environment={"TOKEN": "planted-secret"},
    ),
    {
        **step("Score", "Lambda", ["Train"], STANDIN_OUTPUT='{"rows": "120"}'),
        "OutputParameters": [{"OutputName": "rows", "OutputType": "String"}],
    },
    step(
        "IsGood",
        "Condition",
        ["Score"],
        Conditions=[{"Type": "Equals", "LeftValue": 1, "RightValue": 1}],
        IfSteps=[step("Register", "RegisterModel", ModelPackageGroupName="Churn", ModelApprovalStatus="Approved")],
        ElseSteps=[step("TooBad", "Fail", ErrorMessage="no"), job("Clean", ["TooBad"])],
    ),
]


async def executed(standin: Standin, steps: list[JsonObject]) -> str:
    """The ARN of an execution of these steps that has succeeded."""
    arn = standin.start(standin.create(steps))
    assert standin.until_ended(arn) == "Succeeded"
    return arn


@pytest.fixture
def plan() -> Plan:
    """The plan of `STEPS`."""
    found = read_plan(definition(STEPS))
    assert found is not None
    return found


async def results(calls: SageMakerCalls, platform: Platform, arn: str, plan: Plan | None, **outputs: Output) -> Results:
    """The results of an ended execution."""
    return await read_results(calls, platform, await read_steps(calls, platform, arn), plan, outputs)


async def test_every_step_of_a_wide_execution_is_read(
    standin: Standin, calls: SageMakerCalls, platform: Platform
) -> None:
    """More than one page."""
    arn = await executed(standin, [job(f"s{number:03}", seconds=1) for number in range(230)])
    steps = await read_steps(calls, platform, arn)
    assert sorted(entry["StepName"] for entry in steps) == [f"s{number:03}" for number in range(230)]


async def test_steps_tell_type_times_job_and_link(
    standin: Standin, calls: SageMakerCalls, platform: Platform, plan: Plan
) -> None:
    """As people look for them."""
    steps = await read_steps(calls, platform, await executed(standin, STEPS))
    documents = {document.name: document for document in (step_document(entry, plan) for entry in steps)}
    assert [(name, document.type, document.status) for name, document in documents.items()] == [
        ("Prepare", "Processing", "Succeeded"),
        ("Train", "Training", "Succeeded"),
        ("Score", "Lambda", "Succeeded"),
        ("IsGood", "Condition", "Succeeded"),
        ("Register", "RegisterModel", "Succeeded"),
    ]
    train = documents["Train"]
    assert train.job_arn is not None
    assert train.started_at is not None
    assert train.ended_at is not None
    assert train.ended_at > train.started_at
    assert train.console_url == (
        "https://us-east-1.console.aws.amazon.com/sagemaker/home?region=us-east-1"
        f"#/jobs/{train.job_arn.rpartition('/')[2]}"
    )
    assert progress(steps, plan, None) == Progress(done=5, running=0, failed=0, total=5)


def test_progress_knows_what_can_still_run(plan: Plan) -> None:
    """Before a condition is decided both branches may; afterwards one; a selective execution has its own few."""
    started = [{"StepName": "Prepare", "StepStatus": "Executing"}]
    assert progress(started, plan, None) == Progress(done=0, running=1, failed=0, total=7)
    decided = [{"StepName": "IsGood", "StepStatus": "Succeeded", "Metadata": {"Condition": {"Outcome": "False"}}}]
    assert progress(decided, plan, None) == Progress(done=1, running=0, failed=0, total=6)
    assert progress(started, plan, frozenset({"Prepare", "Train"})).total == 2
    assert progress(started, None, None).total is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"Steps": 1}', '{"Steps": [{}]}', '{"Steps": ["a"]}'])
def test_a_definition_of_an_unknown_form_gives_no_plan(text: str) -> None:
    """Nor does it end the run."""
    assert read_plan(text) is None


def test_an_odd_step_says_nothing_against_the_others() -> None:
    """A step without a name, and what is no step."""
    odd = [None, {}, {"Name": 1}, "a", {"Name": "Prep", "Type": "Processing"}]
    found = read_plan(
        json.dumps({"Steps": [*odd, {"Name": "Train", "DependsOn": "Prep"}, {"Name": "x", "DependsOn": [1, "Prep"]}]})
    )
    assert found is not None
    assert {step.name: set(step.needs) for step in found.steps.values()} == {
        "Prep": set(),
        "Train": {"Prep"},
        "x": {"Prep"},
    }


async def test_outputs_reach_artifacts_metrics_packages_and_parameters(
    standin: Standin, calls: SageMakerCalls, platform: Platform, plan: Plan
) -> None:
    """What the next task wants of a run."""
    arn = await executed(standin, STEPS)
    found = await results(
        calls,
        platform,
        arn,
        plan,
        model=Output(expression="steps.Train.job.ModelArtifacts.S3ModelArtifacts"),
        auc=Output(expression='steps.Train.metrics."validation:auc"'),
        rows=Output(expression="steps.Score.outputs.rows"),
        package=Output(expression="steps.Register.job.ModelPackageArn"),
        approval=Output(expression="steps.Register.job.ModelApprovalStatus", required=True),
        good=Output(expression="steps.IsGood.outcome"),
        slow=Output(expression="steps.* | [?billable > `10`].name"),
        secret=Output(expression="steps.Train.job.Environment.TOKEN"),
        gone=Output(expression="steps.Nowhere.job.Model", required=True),
        wrong=Output(expression="sum(steps.Train.name)"),
    )
    model = found.outputs.pop("model")
    assert model.startswith("s3://models/pipelines-")
    assert found.outputs.pop("package").startswith("arn:aws:sagemaker:us-east-1:")
    assert found.outputs == {
        "auc": 0.91,
        "rows": "120",
        "approval": "Approved",
        "good": "True",
        "slow": [],
        "secret": None,
        "gone": None,
        "wrong": None,
    }
    assert found.missing_outputs == ["The output 'gone' is null: its expression finds nothing."]
    assert found.notes[0] == (
        "The output 'secret' is null: its expression finds nothing; Environment may hold credentials, so outputs "
        "cannot reach it."
    )
    assert found.notes[1].startswith("The output 'wrong' is null: its expression cannot be applied: ")
    assert found.billable_seconds == 30


async def test_without_outputs_only_billed_jobs_are_described(
    standin: Standin, calls: SageMakerCalls, platform: Platform
) -> None:
    """The end of a run costs what it needs."""
    arn = await executed(standin, STEPS)
    standin.control("DELETE", "/calls")
    assert (await results(calls, platform, arn, None)).billable_seconds == 30
    described = {name: count["received"] for name, count in standin.control("GET", "/calls").items()}
    assert described == {"ListPipelineExecutionSteps": 1, "DescribeTrainingJob": 1}


async def test_what_may_not_be_described_is_noted_once(
    standin: Standin, calls: SageMakerCalls, platform: Platform
) -> None:
    """Ten jobs under one missing permission are one note; the outputs that need none are there."""
    arn = await executed(standin, [job(f"s{number}", seconds=1) for number in range(10)])
    standin.fault("DescribeProcessingJob", "access_denied")
    found = await results(calls, platform, arn, None, status=Output(expression="steps.s1.status"))
    assert found.outputs == {"status": "Succeeded"}
    assert len(found.notes) == 1
    assert "sagemaker:DescribeProcessingJob" in found.notes[0]


def test_outputs_are_bounded_together() -> None:
    """A document that no payload holds would lose the run's result."""
    document = {"steps": {"a": {"text": "x" * (MAX_OUTPUTS_BYTES // 2)}}}
    text = Output(expression="steps.a.text")
    found = find_outputs(
        {"one": text, "two": text, "three": Output(expression="steps.a.text", required=True)}, document
    )
    assert [name for name, value in found.values.items() if value is not None] == ["one"]
    assert len(found.missing) == 1


def test_facts_are_plain_json(plan: Plan) -> None:
    """Times are text, whatever boto3 makes of them."""
    step_of_a_loop: Any = {
        "StepName": "Train",
        "StepStatus": "Succeeded",
        "IterationContext": {"ParentStepName": "Loop", "Index": 3},
        "Metadata": {"TrainingJob": {"Arn": "arn:aws:sagemaker:us-east-1:111122223333:training-job/t"}},
    }
    document = facts([step_of_a_loop], plan, {})
    assert json.loads(json.dumps(document)) == document
    assert list(document["steps"]) == ["Loop[3]/Train"]
    for context in ({"ParentStepName": "", "Index": 0}, {"ParentStepName": "Loop"}, {"Index": None}, {}):
        step_of_no_loop = {**step_of_a_loop, "IterationContext": context}
        assert list(facts([step_of_no_loop], plan, {})["steps"]) == ["Train"], context
