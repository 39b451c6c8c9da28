"""What a definition says is what an execution does."""

import pytest

from tests.standin.definitions import JsonObject, get, job, parameter, step
from tests.standin.process import Standin, until


def test_steps_run_in_the_order_of_their_dependencies(standin: Standin) -> None:
    """DependsOn and property references both make a step wait."""
    reader = step("c", "Transform", ModelName=get("Steps.b.ModelName"))
    arn = standin.start(standin.create([reader, step("b", "Model", needs=["a"]), job("a", seconds=5)]))
    assert standin.until_ended(arn) == "Succeeded"
    steps = standin.steps(arn)
    assert list(steps) == ["a", "b", "c"]
    assert steps["a"]["EndTime"] <= steps["b"]["StartTime"]
    assert steps["b"]["EndTime"] <= steps["c"]["StartTime"]


def test_independent_steps_run_beside_each_other_within_the_limit(standin: Standin) -> None:
    """MaxParallelExecutionSteps of the start goes before the pipeline's own."""
    name = standin.create([job(f"s{n}", seconds=10_000) for n in range(5)])
    free, bound = (
        standin.start(name),
        standin.start(name, ParallelismConfiguration={"MaxParallelExecutionSteps": 2}),
    )
    assert len(standin.steps(free)) == 5
    assert len(standin.steps(bound)) == 2
    for arn in (free, bound):
        standin.stop(arn)


@pytest.mark.parametrize(
    ("mse", "taken", "status"), [("4.5", "register", "Succeeded"), ("9", "reject", "Failed")], ids=["if", "else"]
)
def test_condition_decides_on_an_evaluation_report(standin: Standin, mse: str, taken: str, status: str) -> None:
    """A report read through a property file decides; the steps of the other branch do not appear."""
    report = {"Std:Join": {"On": "", "Values": ['{"metrics": [{"mse": ', get("Parameters.Mse"), "}]}"]}}
    property_file = {"PropertyFileName": "Report", "OutputName": "report", "FilePath": "report.json"}
    value = {"Std:JsonGet": {"PropertyFile": get("Steps.evaluate.PropertyFiles.Report"), "Path": "metrics[0].mse"}}
    message = {"Std:Join": {"On": " ", "Values": ["MSE is", get("Parameters.Mse")]}}
    name = standin.create(
        [
            job("evaluate", members={"PropertyFiles": [property_file]}, output=report),
            step(
                "decide",
                "Condition",
                Conditions=[{"Type": "LessThanOrEqualTo", "LeftValue": value, "RightValue": 6.0}],
                IfSteps=[step("register", "RegisterModel", ModelPackageGroupName="Prices")],
                ElseSteps=[step("reject", "Fail", ErrorMessage=message)],
            ),
        ],
        [parameter("Mse", "Float")],
    )
    arn = standin.start(name, {"Mse": mse})
    assert standin.until_ended(arn) == status
    steps = standin.steps(arn)
    assert list(steps) == ["evaluate", "decide", taken]
    assert steps["decide"]["Metadata"] == {"Condition": {"Outcome": str(status == "Succeeded")}}
    metadata = {
        "register": {
            "RegisterModel": {"Arn": "arn:aws:sagemaker:us-east-1:111122223333:model-package/prices/1"},
        },
        "reject": {"Fail": {"ErrorMessage": "MSE is 9.0"}},
    }
    assert steps[taken]["Metadata"] == metadata[taken]


def _comparison(kind: str, left: object, right: object) -> JsonObject:
    return {"Type": kind, "LeftValue": left, "RightValue": right}


_TRUE, _FALSE = _comparison("Equals", 1, 1), _comparison("Equals", "a", "b")


def test_every_type_of_condition(standin: Standin) -> None:
    """Comparisons, In, Not, Or and And, with numbers compared by value even where they are text."""
    cases: dict[str, tuple[JsonObject, bool]] = {
        "equals": (_comparison("Equals", get("Parameters.Stage"), "prod"), True),
        "equals-number-as-text": (_comparison("Equals", "1.0", 1), True),
        "equals-boolean": (_comparison("Equals", get("Parameters.Flag"), True), True),  # noqa: FBT003 — a definition's value
        "greater": (_comparison("GreaterThan", 2, 2), False),
        "greater-or-equal": (_comparison("GreaterThanOrEqualTo", 2, 2), True),
        "less": (_comparison("LessThan", "10", 9.5), False),
        "less-or-equal": (_comparison("LessThanOrEqualTo", 2, 3), True),
        "in": ({"Type": "In", "QueryValue": get("Parameters.Stage"), "Values": ["dev", "prod"]}, True),
        "not": ({"Type": "Not", "Expression": _TRUE}, False),
        "or": ({"Type": "Or", "Conditions": [_FALSE, _TRUE]}, True),
        "and": ({"Type": "And", "Conditions": [_FALSE, _TRUE]}, False),
    }
    parameters = [parameter("Stage", default="prod"), parameter("Flag", "Boolean", default=True)]
    conditions = [step(name, "Condition", Conditions=[condition]) for name, (condition, _) in cases.items()]
    arn = standin.start(standin.create(conditions, parameters))
    assert standin.until_ended(arn) == "Succeeded"
    outcomes = {name: shown["Metadata"]["Condition"]["Outcome"] for name, shown in standin.steps(arn).items()}
    assert outcomes == {name: str(outcome) for name, (_, outcome) in cases.items()}


def test_deeply_nested_conditions(standin: Standin) -> None:
    """Forty conditions, each inside the one before, and a step that comes after all of them."""
    inner: list[JsonObject] = []
    for depth in range(40):
        inner = [step(f"c{depth}", "Condition", Conditions=[_TRUE], IfSteps=inner, ElseSteps=[])]
    arn = standin.start(standin.create([*inner, job("last", needs=["c39"], seconds=1)]))
    assert standin.until_ended(arn) == "Succeeded"
    assert list(standin.steps(arn)) == [*(f"c{depth}" for depth in reversed(range(40))), "last"]


def test_step_that_needs_an_untaken_branch_does_not_appear(standin: Standin) -> None:
    """The execution succeeds without it."""
    branch = step("decide", "Condition", Conditions=[_TRUE], IfSteps=[], ElseSteps=[job("never")])
    arn = standin.start(standin.create([branch, job("after", needs=["never"])]))
    assert standin.until_ended(arn) == "Succeeded"
    assert list(standin.steps(arn)) == ["decide"]


@pytest.mark.parametrize(
    ("kind", "member", "resource", "name", "longest"),
    [
        ("Processing", "ProcessingJob", "processing-job", "pipelines-{id}-train-the-model-of", 63),
        ("Training", "TrainingJob", "training-job", "pipelines-{id}-train-the-model-of", 63),
        ("Tuning", "TuningJob", "hyper-parameter-tuning-job", "{id}-train-th-", 32),
        ("Transform", "TransformJob", "transform-job", "pipelines-{id}-train-the-model-of", 63),
        ("AutoML", "AutoMLJob", "automl-job", "{id}-train-th-", 32),
        ("Model", "Model", "model", "pipelines-{id}-train-the-model-of", 63),
    ],
)
def test_metadata_names_the_job(  # noqa: PLR0913, PLR0917 — a row of the table
    standin: Standin, kind: str, member: str, resource: str, name: str, longest: int
) -> None:
    """`pipelines-{execution id}-{step}-{random}`, as long as the kind of job allows."""
    long_name = "Train_the-model-of-the-second-quarter"
    arn = standin.start(standin.create([step(long_name, kind)]))
    metadata: JsonObject = dict(until(lambda: standin.steps(arn)[long_name]["Metadata"]))
    prefix = f"arn:aws:sagemaker:us-east-1:111122223333:{resource}/"
    execution_id = arn.rpartition("/")[2]
    assert metadata[member]["Arn"].startswith(prefix + name.format(id=execution_id))
    assert len(metadata[member]["Arn"]) <= len(prefix) + longest


def test_unknown_and_rare_step_types_run_as_jobs(standin: Standin) -> None:
    """No definition is refused for a type of step that the stand-in does not know."""
    kinds = ["EMR", "QualityCheck", "ClarifyCheck", "NotebookJob"]
    arn = standin.start(standin.create([step(kind, kind) for kind in kinds]))
    assert standin.until_ended(arn) == "Succeeded"
    steps = standin.steps(arn)
    assert {steps[kind]["StepStatus"] for kind in kinds} == {"Succeeded"}
    assert steps["QualityCheck"]["Metadata"]["QualityCheck"]["SkipCheck"] is False


@pytest.mark.parametrize(
    ("problem", "steps"),
    [
        ("there are no steps", []),
        ("names of steps must be unique", [job("a"), job("a")]),
        ("depends on ghost, which is not there", [job("a", needs=["ghost"])]),
        ("depend on each other", [job("a", needs=["b"]), job("b", needs=["a"])]),
    ],
)
def test_definition_that_can_not_run_is_refused(standin: Standin, problem: str, steps: list[JsonObject]) -> None:
    """CreatePipeline says what is wrong."""
    with pytest.raises(standin.client.exceptions.ClientError, match=f"ValidationException.*{problem}"):
        standin.create(steps)
