"""What AWS's untidy answers about steps mean: empty members, boilerplate, branches not taken, steps elsewhere."""

import json
from typing import Any

import pytest

from activities.results.documents import progress, step_document
from activities.results.plan import read_plan
from activities.results.reasons import has_content, read_reason, telling_line
from activities.results.remedies import remedy
from contract.gates import AnsweredBy, CallbackRule, OnCancel
from contract.open_gates import callback_gates, held_up_by
from contract.run import RunStatus
from contract.steps import Progress

EXECUTION = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn/execution/abcdef123456"
HIT = {"SourcePipelineExecutionArn": EXECUTION}
NOTE = (
    f"Retry not appropriate on execution of step with PipelineExecutionArn {EXECUTION} and StepId Train. "
    "No retry policy configured for the exception type SAGEMAKER_RESOURCE_LIMIT."
)


def step(**members: Any) -> dict[str, Any]:
    """A step as AWS lists it."""
    return {"StepName": "Train", "StepStatus": "Succeeded", **members}


@pytest.mark.parametrize("member", ["CacheHitResult", "SelectiveExecutionResult"])
@pytest.mark.parametrize("empty", [None, {}, {"SourcePipelineExecutionArn": ""}, {"SourcePipelineExecutionArn": None}])
def test_a_result_is_reused_only_from_an_execution(member: str, empty: Any) -> None:
    """AWS puts the object on steps that were computed as well."""
    assert not step_document(step(**{member: empty}), None).cache_hit
    assert progress([step(**{member: empty})], None, None).done == 1
    assert step_document(step(**{member: HIT}), None).cache_hit
    taken_over = member == "SelectiveExecutionResult"
    assert progress([step(**{member: HIT})], None, None).done == (0 if taken_over else 1)


@pytest.mark.parametrize(
    ("metadata", "kind"),
    [
        ({"Job": {"Arn": "arn:aws:sagemaker:us-east-1:111122223333:job/x"}}, "Job"),
        ({"TrainingJob": {}, "Lambda": {"Arn": "arn:aws:lambda:us-east-1:111122223333:function:f"}}, "Lambda"),
        ({"TrainingJob": {"Arn": ""}}, None),
        (None, None),
    ],
)
def test_the_type_is_that_of_a_member_with_content(metadata: Any, kind: str | None) -> None:
    """A step of kind Job has a type, and an empty member says nothing."""
    assert step_document(step(Metadata=metadata), None).type == kind


@pytest.mark.parametrize("end", ["", " ", "\n"])
def test_boilerplate_is_cut_and_its_type_kept(end: str) -> None:
    """It would hide the cause, and is cut off in the middle of an ARN."""
    reason = "ClientError: no such bucket"
    assert read_reason(f"{reason} {NOTE}{end}") == (reason, "SAGEMAKER_RESOURCE_LIMIT")
    assert read_reason(f"{reason}\n{NOTE}") == (reason, "SAGEMAKER_RESOURCE_LIMIT")
    assert read_reason(f"{reason} {NOTE[:90]}") == (reason, None)
    assert read_reason(reason) == (reason, None)
    assert step_document(step(FailureReason=f"{reason} {NOTE}"), None).failure_reason == reason


@pytest.mark.parametrize(
    "reason",
    [
        "AlgorithmError: , exit code: 1",
        "AlgorithmError: See job logs for more information",
        "ClientError: Please check the logs for more details.",
        "Error" * 300,
        'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage ""\nCommand "python train.py", exit code: 1',
        "AlgorithmError: framework error: ",
        "Algorithm Error: See job logs for more information",
        'Command "' * 300,
    ],
)
def test_a_reason_without_content_is_known(reason: str) -> None:
    """In linear time, whatever it holds."""
    assert not has_content(reason)
    assert has_content(f"{reason} out of memory")


@pytest.mark.parametrize(
    "command", ['python train.py --data "', "python train.py --mo", r"python --x {\"a\": 1}\"", "py\\"]
)
def test_a_command_that_is_cut_has_no_content(command: str) -> None:
    """AWS cuts reasons at 1,024 characters, and arguments may have quotes of their own."""
    toolkit = 'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage ""\nCommand "'
    assert not has_content(toolkit + command)


def test_the_telling_line_is_that_of_the_exception() -> None:
    """Below it the training toolkit only repeats it."""
    log = [
        "Traceback:",
        "ValueError: bad column 'x'",
        "ERROR Reporting training FAILURE",
        "ExecuteUserScriptError:",
        " ",
    ]
    assert telling_line(log) == "ValueError: bad column 'x'"
    assert telling_line(["epoch 1", "epoch 2", ""]) == "epoch 2"
    assert telling_line([]) is None


def test_steps_behind_a_branch_that_was_not_taken_do_not_run() -> None:
    """By DependsOn, by a reference, and what needs those; a success has nothing left."""
    steps: list[dict[str, Any]] = [
        {
            "Name": "IsGood",
            "Type": "Condition",
            "Arguments": {"IfSteps": [{"Name": "Yes", "Type": "Model"}], "ElseSteps": [{"Name": "No", "Type": "Fail"}]},
        },
        {"Name": "After", "Type": "Training", "DependsOn": ["Yes"]},
        {"Name": "Read", "Type": "Training", "Arguments": {"Input": {"Get": "Steps.After.Output"}}},
        {"Name": "Free", "Type": "Training"},
    ]
    plan = read_plan(json.dumps({"Steps": steps}))
    assert plan is not None
    assert plan.total({}, None) == 6
    assert plan.total({"IsGood": True}, None) == 5
    assert plan.total({"IsGood": False}, None) == 3
    odd = [step(), step(StepName="Other", StepStatus="Strange")]
    assert progress(odd, plan, None).running == 1
    assert progress(odd, plan, None, end=RunStatus.FAILED).running == 0
    assert progress(odd, plan, None, end=RunStatus.SUCCESS) == Progress(done=1, total=2)


FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:notify:live"


@pytest.mark.parametrize(
    ("metadata", "details"),
    [
        ({"Lambda": {"Arn": FUNCTION}}, {"function": FUNCTION, "log_group": "/aws/lambda/notify"}),
        (
            {"EMR": {"ClusterId": "j-1", "StepId": "s-1", "LogFilePath": "s3://logs/"}},
            {"cluster": "j-1", "step": "s-1", "log": "s3://logs/"},
        ),
        ({"EMRServerless": {"ApplicationId": "a", "JobRunId": "r"}}, {"application": "a", "job_run": "r"}),
        ({"Athena": {"QueryExecutionId": "q", "S3OutputLocation": "s3://o"}}, {"query": "q", "output": "s3://o"}),
        ({"BedrockCustomModel": {"Arn": "arn:x"}}, {"model": "arn:x"}),
        ({"Callback": {"CallbackToken": "abcdefghij", "SqsQueueUrl": "https://q"}}, {"queue": "https://q"}),
        ({"EMR": {"ClusterId": "", "StepId": None}}, {}),
    ],
)
def test_steps_outside_sagemaker_have_details(metadata: Any, details: dict[str, str]) -> None:
    """Never the token of a Callback step, which is the right to answer it."""
    document = step_document(step(Metadata=metadata), None)
    assert document.details == details
    assert "abcdefghij" not in document.model_dump_json()


def test_a_function_has_its_page() -> None:
    """In the region of its ARN."""
    assert step_document(step(Metadata={"Lambda": {"Arn": FUNCTION}}), None).console_url == (
        "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/notify"
    )


@pytest.mark.parametrize(
    ("rule", "token", "end"),
    [
        (
            CallbackRule(),
            "abcdefghij",
            "the reader of its queue answers it, with SendPipelineExecutionStepSuccess or …Failure",
        ),
        (
            CallbackRule(answered_by=AnsweredBy.PERSON),
            "abcdefghij",
            "a person answers it, with the command 'approve' or 'reject'",
        ),
        (
            CallbackRule(answered_by=AnsweredBy.PERSON, on_cancel=OnCancel.FAIL),
            "abcdefghij",
            "the worker answers it as failed",
        ),
        (
            CallbackRule(answered_by=AnsweredBy.PERSON, on_cancel=OnCancel.FAIL),
            "",
            "AWS does not show its callback token, so that only the reader of its queue can answer it",
        ),
    ],
)
def test_what_holds_a_stop_up_is_named(rule: CallbackRule, token: str, end: str) -> None:
    """A Callback step that is not answered holds it up for hours: which queue has its message, and who answers it."""
    metadata = {"Callback": {"SqsQueueUrl": "https://q", "CallbackToken": token}}
    waits = step_document(step(StepStatus="Executing", StepName="Approve", Metadata=metadata), None)
    assert held_up_by([waits], callback_gates([waits], {"*": rule})) == (
        "The stop is held up: step 'Approve' waits for an answer to its message in the queue https://q. AWS stops the "
        f"execution once it is answered: step 'Approve': {end}."
    )
    answered = step_document(step(StepStatus="Succeeded", StepName="Approve", Metadata=metadata), None)
    assert held_up_by([answered], callback_gates([answered], {"*": rule})) is None


ROLE = "arn:aws:iam::111122223333:role/Pipelines"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"Could not assume role {ROLE}. Please ensure that the role exists", "trust policy"),
        (f"ClientError: SageMaker was unable to assume the role '{ROLE}'", "trust policy"),
        ("SageMaker is unable to perform: sts:AssumeRole on the role. Check if you have a trust", "trust policy"),
        (
            "ResourceLimitExceeded: The requested resource training-job/ml.p2.xlarge is not available in this region",
            "another region",
        ),
        ("Unsupported instance type ml.p3dn.24xlarge", "another region"),
        (f"The role '{ROLE}' does not have BatchGetImage permission for the image: 'x'", "ecr:BatchGetImage"),
        ("Data download failed:Unable to download object s3://b/k (AccessDenied: Access Denied)", "s3:GetObject"),
        ("Access denied to OutputDataConfig S3 bucket", "s3:GetObject"),
        ("An error occurred (403) when calling the HeadObject operation: Forbidden", "s3:GetObject"),
        ("ModuleNotFoundError: No module named 'xgboost'", "requirements.txt"),
        ("The Lambda function timed out", "10 minutes"),
        ("Timeout while waiting for the Lambda function", "10 minutes"),
        ("2024-05-06T13:44:03Z 58439e2d Task timed out after 300.01 seconds", "10 minutes"),
        (
            (
                "User: arn:aws:sts::111122223333:assumed-role/Pipelines/SageMaker is not authorized to perform: "
                "sagemaker:DescribeTrainingJob on resource: arn:aws:sagemaker:us-east-1:111122223333:training-job/x"
            ),
            "Grant sagemaker:DescribeTrainingJob",
        ),
        ("ValidationException: something else", None),
    ],
)
def test_common_refusals_have_a_remedy(text: str, words: str | None) -> None:
    """In the words that people reported."""
    found = remedy([text], None)
    assert found is None if words is None else words in str(found)


@pytest.mark.parametrize("metadata", [None, {}, {"Callback": {}}, {"Callback": {"CallbackToken": ""}}], ids=str)
def test_a_callback_step_of_which_aws_shows_nothing_waits(metadata: Any) -> None:
    """The definition gives its type; what AWS shows of it may come late, and is news then."""
    plan = read_plan(json.dumps({"Steps": [{"Name": "Approve", "Type": "Callback"}]}))
    shown = step(StepStatus="Executing", StepName="Approve", Metadata=metadata)
    waits = step_document(shown, plan)
    assert (waits.waits_for, waits.token_shown) == ("an answer to its message in the queue", False)
    [gate] = callback_gates([waits], {"*": CallbackRule(answered_by=AnsweredBy.PERSON)})
    assert gate.what_ends_it.startswith("AWS does not show its callback token")
    assert (held_up_by([waits], [gate]) or "").startswith("The stop is held up: step 'Approve' waits for an answer")
    assert waits.mark == step_document(shown, None).mark
    queue = {**shown, "Metadata": {"Callback": {"SqsQueueUrl": "https://q"}}}
    token = {**shown, "Metadata": {"Callback": {"SqsQueueUrl": "https://q", "CallbackToken": "abcdefghij"}}}
    assert len({waits.mark, step_document(queue, plan).mark, step_document(token, plan).mark}) == 3
    assert step_document({**shown, "StepStatus": "Succeeded"}, plan).token_shown is None
