"""The rules of gates, and what persons send."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from contract.gates import AnswerRequest, ApprovalRequest, CallbackRule, OnCancel
from contract.open_gates import GateKind, ModelPackage, callback_gates, timed_without_start
from contract.pipeline_run import PipelineRunInput
from contract.spelling import describe_problems
from contract.steps import StepDocument

ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/3"
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def read(**fields: Any) -> PipelineRunInput:
    """The input of a run."""
    return PipelineRunInput.admit({"pipeline_name": "churn", **fields})


def test_the_rules_are_read_in_any_spelling() -> None:
    """As .NET writes them; the names of steps stay as they are."""
    given = read(Callbacks={"CheckIt": {"AnsweredBy": "Person", "Timeout": 60, "OnCancel": "Fail"}}, Approval={})
    rule = given.callbacks["CheckIt"]
    assert (rule.answered_by, rule.timeout, rule.on_timeout, rule.on_cancel) == ("person", 60, "fail", OnCancel.FAIL)
    assert given.approval is not None
    assert (given.approval.wait, given.approval.on_timeout) == (True, "fail")
    assert (read().callbacks, read().approval) == ({}, None)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"callbacks": {"A": {"timeout": 60}}}, 'need "answered_by": "person"'),
        ({"callbacks": {"A": {"on_cancel": "fail"}}}, 'need "answered_by": "person"'),
        ({"callbacks": {"A": {"answered_by": "robot"}}}, "callbacks.A.answered_by: must be one of person, elsewhere"),
        ({"callbacks": {"A": {"answered_by": "person", "timeout": 0}}}, "callbacks.A.timeout"),
        ({"approval": {"on_timeout": "succeed"}}, "approval.on_timeout: must be one of fail, leave"),
        ({"approval": {"waits": True}}, "approval.waits: unknown field"),
    ],
)
def test_a_wrong_rule_is_named(fields: dict[str, Any], told: str) -> None:
    """With the remedy."""
    with pytest.raises(ValidationError) as raised:
        read(**fields)
    assert told in describe_problems(raised.value, PipelineRunInput)


@pytest.mark.parametrize(
    ("model", "fields", "told"),
    [
        (AnswerRequest, {}, "step: required"),
        (AnswerRequest, {"step": "A", "reason": "x" * 250, "by": "ada"}, "at most 256 characters together"),
        (AnswerRequest, {"step": "A", "reason": "two\nlines"}, "one line"),
        (AnswerRequest, {"step": "A", "outcome": "failure", "outputs": {"rows": "1"}}, "outputs belong to the outcome"),
        (AnswerRequest, {"step": "A", "outputs": {"rows": 1}}, "outputs.rows"),
        (AnswerRequest, {"step": "A", "outputs": {"rows": "two\nlines"}}, "outputs.rows: must be one line"),
        (AnswerRequest, {"step": "A", "outputs": {"ro\nws": "1"}}, "outputs: each output must have a name"),
        (AnswerRequest, {"step": "A", "outputs": {"": "1"}}, "outputs: each output must have a name, in one line"),
        (AnswerRequest, {"step": "A", "outputs": {str(number): "" for number in range(51)}}, "outputs"),
        (ApprovalRequest, {"reason": "x" * 1020, "by": "ada"}, "at most 1024 characters together"),
    ],
)
def test_what_aws_would_not_take_is_refused(
    model: type[AnswerRequest | ApprovalRequest], fields: dict[str, Any], told: str
) -> None:
    """And never cut."""
    with pytest.raises(ValidationError) as raised:
        model.admit(fields)
    assert told in describe_problems(raised.value, model)


def test_an_answer_that_was_taken_before_the_limits_of_outputs_is_read() -> None:
    """The history of its run is replayed."""
    given = {"step": "A", "outputs": {"": "two\nlines"}}
    assert AnswerRequest.model_validate(given).outputs == given["outputs"]


def test_a_reason_is_signed() -> None:
    """As far as there is one."""
    signed = [ApprovalRequest(reason=reason, by=by).signed_reason for reason in ("", "good") for by in ("", "ada")]
    assert signed == ["", "by ada", "good", "good (by ada)"]


def test_the_gates_of_steps() -> None:
    """Callback steps that wait, with their own rule or the one for all; in rounds of a ForEach step as well."""
    steps = [
        StepDocument(name="Check", type="Callback", status="Executing", started_at=NOON, token_shown=True),
        StepDocument(name="Done", type="Callback", status="Succeeded", started_at=NOON),
        StepDocument(name="Train", type="Training", status="Executing", started_at=NOON),
        StepDocument(
            name="Look", iteration="Loop[3]", type="Callback", status="Stopping", details={"queue": "https://q"}
        ),
    ]
    person = CallbackRule.admit({"answered_by": "person", "timeout": 60})
    found = callback_gates(steps, {"*": CallbackRule(), "Check": person})
    assert [(gate.kind, gate.step, gate.queue, gate.since, gate.until, gate.answered_by) for gate in found] == [
        (GateKind.CALLBACK, "Check", None, NOON, NOON + timedelta(seconds=60), "person"),
        (GateKind.CALLBACK, "Loop[3]/Look", "https://q", None, None, "elsewhere"),
    ]


def test_a_wait_without_a_start_is_timed_from_when_it_was_first_seen() -> None:
    """Of each round and attempt by itself; without that time, and without a timeout, it has no end."""
    steps = [
        StepDocument(name="Check", type="Callback", status="Executing"),
        StepDocument(name="Check", iteration="Loop[3]", type="Callback", status="Executing", attempt=2),
        StepDocument(name="Look", type="Callback", status="Executing"),
        StepDocument(name="Begun", type="Callback", status="Executing", started_at=NOON),
        StepDocument(name="Done", type="Callback", status="Succeeded"),
        StepDocument(name="Train", type="Training", status="Executing"),
    ]
    timed = CallbackRule.admit({"answered_by": "person", "timeout": 60})
    rules = {"*": timed, "Look": CallbackRule()}
    keys = timed_without_start(steps, rules)
    assert len(keys) == 2
    gates = callback_gates(steps, rules, {keys[1]: NOON - timedelta(seconds=1)})
    assert [gate.since for gate in gates] == [None, None, None, NOON]
    assert [gate.until and (gate.until - NOON).total_seconds() for gate in gates] == [None, 59, None, 60]


def test_a_package_has_a_name_and_a_group() -> None:
    """Those of its ARN."""
    package = ModelPackage(model_package_arn=ARN)
    assert (package.name, package.group) == ("churn/3", "churn")
    assert ModelPackage(model_package_arn="odd").name == "odd"
