"""The input of a run, composed of options and documents."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contract.outputs import Output
from contract.pipeline_run import PipelineRunInput
from contract.retry import RetryMode, RetryPolicy
from worker.cli.outcome import CommandError
from worker.cli.outcome_options import outputs, retry
from worker.cli.rerunning import RerunSource
from worker.cli.run_input import compose_run_input


def compose(
    document: Path | None = None,
    defaults: Mapping[str, Any] | None = None,
    inner_fields: Mapping[str, Mapping[str, Any]] | None = None,
    **fields: object,
) -> PipelineRunInput:
    """Compose an input without parameters."""
    return compose_run_input(
        defaults=defaults or {},
        document=None if document is None else str(document),
        parameters=(),
        fields=fields,
        inner_fields=inner_fields or {},
    )


def test_outputs_are_read_by_name_with_whether_they_are_required() -> None:
    """An expression may have equals signs of its own."""
    named = outputs(["model=steps.Train.job", "auc=metrics[?Name=='auc']"], ["arn=steps.Register.arn"])
    assert compose(pipeline_name="p", inner_fields={"outputs": named}).outputs == {
        "model": Output(expression="steps.Train.job"),
        "auc": Output(expression="metrics[?Name=='auc']"),
        "arn": Output(expression="steps.Register.arn", required=True),
    }


@pytest.mark.parametrize(
    ("optional", "required", "told"),
    [
        (["model"], [], "--output 'model' must be NAME=EXPRESSION"),
        (["=x"], [], "--output '=x' must be NAME=EXPRESSION"),
        ([], ["model="], "--required-output 'model=' must be NAME=EXPRESSION"),
        (["model=a"], ["model=b"], "The output model is given twice"),
    ],
)
def test_outputs_that_are_none_are_refused(optional: list[str], required: list[str], told: str) -> None:
    """With the option that is wrong."""
    with pytest.raises(CommandError, match=told):
        outputs(optional, required)


def test_templates_that_are_nested_too_deeply_are_refused_before_they_are_filled_in(tmp_path: Path) -> None:
    """By the walk that fills them in they would end in a RecursionError."""
    parameters: dict[str, Any] = {}
    for _ in range(900):
        parameters = {"a": parameters or 1}
    file = tmp_path / "input.json"
    file.write_text(json.dumps({"pipeline_name": "p", "templates": True, "parameters": parameters}), encoding="utf-8")
    with pytest.raises(CommandError, match="parameters: has more than 150 levels; write it flatter"):
        compose(file)


def test_an_expression_that_does_not_compile_is_refused_by_the_outputs_name() -> None:
    """Before anything is sent."""
    with pytest.raises(CommandError, match=r"Invalid input: outputs\.model: is no JMESPath expression"):
        compose(pipeline_name="p", inner_fields={"outputs": outputs(["model=steps.["], [])})


def test_n_retries_are_n_and_one_attempts() -> None:
    """A delay longer than the longest one by default makes that longer, too."""
    policy = compose(pipeline_name="p", inner_fields={"retry": retry(2, RetryMode.RESTART, 1800.0)}).retry
    assert isinstance(policy, RetryPolicy)
    assert (policy.max_attempts, policy.mode) == (3, RetryMode.RESTART)
    assert (policy.initial_delay, policy.max_delay) == (1800.0, 1800.0)
    assert retry(None, None, None) == {}
    with pytest.raises(CommandError, match="give --retry N, too"):
        retry(None, RetryMode.RESUME, None)


def test_options_leave_what_a_document_says_beside_them(tmp_path: Path) -> None:
    """An output of that name and a number of retries are replaced, others stay."""
    document = tmp_path / "input.json"
    document.write_text(
        json.dumps({"PipelineName": "p", "Outputs": {"a": "x", "b": "y"}, "Retry": {"MaxAttempts": 9, "MaxDelay": 70}})
    )
    run_input = compose(document, inner_fields={"outputs": outputs(["a=z"], []), "retry": retry(1, None, None)})
    assert {name: output.expression for name, output in run_input.outputs.items()} == {"a": "z", "b": "y"}
    assert isinstance(run_input.retry, RetryPolicy)
    assert (run_input.retry.max_attempts, run_input.retry.max_delay) == (2, 70)


def test_a_rerun_takes_pipeline_and_platform_of_the_earlier_run_unless_told_otherwise() -> None:
    """Its execution is the source; one of another pipeline is refused."""
    arn = "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/churn/execution/abcdefghijkl"
    source = RerunSource(arn, "Churn", "prod")
    run_input = compose(defaults=source.defaults, platform="test", rerun=source.rerun("Train"))
    assert (run_input.pipeline_name, run_input.platform) == ("Churn", "test")
    assert run_input.rerun is not None
    assert (run_input.rerun.execution_arn, run_input.rerun.from_step) == (arn, "Train")
    with pytest.raises(CommandError, match=r"rerun\.execution_arn belongs to the pipeline 'churn'"):
        compose(defaults=source.defaults, pipeline_name="other", rerun=source.rerun(None))


def test_a_document_that_is_nested_deeply_is_refused(tmp_path: Path) -> None:
    """With the option, and no traceback."""
    document = tmp_path / "input.json"
    document.write_text('{"a":' * 100_000 + "1" + "}" * 100_000)
    with pytest.raises(CommandError, match=r"--input: .* is nested too deeply"):
        compose(document)


def test_templates_of_a_document_are_filled_in_before_its_validation(tmp_path: Path) -> None:
    """A display name with a template is none that AWS takes; options may have templates as well, and win."""
    document = tmp_path / "input.json"
    document.write_text(
        json.dumps(
            {
                "PipelineName": "p",
                "Templates": True,
                "ScheduledTime": "2026-07-04T23:30:00Z",
                "TimeZone": "Europe/Berlin",
                "DisplayName": "scores-{scheduled_time:%Y%m%d}",
                "Parameters": {"Day": "{scheduled_time-1d:%Y-%m-%d}", "Braces": "{{x}}", "Replaced": "{schedule}"},
            }
        )
    )
    composed = compose_run_input(
        defaults={},
        document=str(document),
        parameters=["Hour={scheduled_time:%H}", "Replaced=1"],
        fields={},
        inner_fields={},
    )
    assert composed.display_name == "scores-20260705"
    assert composed.parameters == {"Day": "2026-07-04", "Braces": "{x}", "Replaced": "1", "Hour": "01"}
    assert not composed.templates


@pytest.mark.parametrize(
    ("template", "problem"),
    [("{scheduled_time}", "scheduled_time"), ("{schedule}", "no schedule started this run"), ("{x}", "unknown")],
)
def test_templates_without_a_value_are_refused_by_their_field(tmp_path: Path, template: str, problem: str) -> None:
    """Before anything is sent."""
    document = tmp_path / "input.json"
    document.write_text(json.dumps({"pipeline_name": "p", "templates": True, "description": template}))
    with pytest.raises(CommandError, match=f"Invalid input: description: .*{problem}"):
        compose(document)
