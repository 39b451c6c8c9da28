"""The Metadata of a step from its first moment: one member for each kind of step (botocore 1.44.5 service model)."""

from collections.abc import Callable, Mapping

from sagemaker_standin.arns import Account, derived_token
from sagemaker_standin.expressions import text_of
from sagemaker_standin.state import JsonObject, StepRun

Metadata = Callable[[StepRun, JsonObject, "Names"], JsonObject]


class Names:
    """Names of what one attempt of a step makes, inside SageMaker and outside it.

    Attributes:
        job: the name of its job or model.
        account: builds ARNs.
    """

    def __init__(self, job: str, execution_id: str, run: StepRun, account: Account) -> None:
        self.job = job
        self.account = account
        self._parts = (execution_id, run.name, run.attempt)

    def derived(self, kind: str) -> str:
        """10 alphanumerics, others for every kind of thing."""
        return derived_token(*self._parts, kind)

    def bedrock(self, resource: str) -> str:
        """The ARN of a thing that Amazon Bedrock makes."""
        account = self.account
        name = self.derived(resource).lower()
        return f"arn:{account.partition}:bedrock:{account.region}:{account.account_id}:{resource}/{name}"


def metadata_of(run: StepRun, resolved: JsonObject, names: Names) -> JsonObject:
    """The metadata of a step whose kind has more than one ARN of SageMaker to show; empty for other kinds.

    Args:
        run: the step.
        resolved: its JSON without expressions.
        names: of what it makes.
    """
    describe = _METADATA.get(run.type)
    return {} if describe is None else {run.type: describe(run, resolved, names)}


def _callback(_run: StepRun, resolved: JsonObject, names: Names) -> JsonObject:
    return {"CallbackToken": names.derived("callback"), "SqsQueueUrl": text_of(resolved.get("SqsQueueUrl", ""))}


def _lambda(_run: StepRun, resolved: JsonObject, _names: Names) -> JsonObject:
    return {"Arn": text_of(resolved.get("FunctionArn", ""))}


def _fail(_run: StepRun, resolved: JsonObject, _names: Names) -> JsonObject:
    return {"ErrorMessage": text_of(_arguments(resolved).get("ErrorMessage", ""))}


def _emr(run: StepRun, _resolved: JsonObject, names: Names) -> JsonObject:
    cluster = f"j-{names.derived('cluster').upper()}"
    return {
        "ClusterId": cluster,
        "StepId": f"s-{names.derived('step').upper()}",
        "StepName": run.name,
        "LogFilePath": f"s3://logs/{cluster}/",
    }


def _emr_serverless(run: StepRun, _resolved: JsonObject, names: Names) -> JsonObject:
    application, job_run = names.derived("application").lower(), names.derived("job-run").lower()
    return {
        "ApplicationId": application,
        "JobRunId": job_run,
        "JobRunName": run.name,
        "LogFilePath": f"s3://logs/applications/{application}/jobs/{job_run}/",
    }


def _athena(_run: StepRun, resolved: JsonObject, names: Names) -> JsonObject:
    query = names.derived("query").lower()
    configuration = _arguments(resolved).get("ResultConfiguration")
    output = configuration.get("OutputLocation") if isinstance(configuration, dict) else None
    return {"QueryExecutionId": query, "S3OutputLocation": f"{output or 's3://queries/'}{query}.csv"}


def _check(run: StepRun, resolved: JsonObject, names: Names) -> JsonObject:
    return {
        "CheckType": text_of(resolved.get("CheckType", "")),
        "ModelPackageGroupName": resolved.get("ModelPackageGroupName"),
        "CheckJobArn": names.account.resource("processing-job", names.job),
        "ViolationReport": f"s3://checks/{names.job}/constraint_violations.json" if run.plan.failure else None,
        "SkipCheck": text_of(resolved.get("SkipCheck", "")).lower() == "true",
        "RegisterNewBaseline": text_of(resolved.get("RegisterNewBaseline", "")).lower() == "true",
    }


def _bedrock(resource: str) -> Metadata:
    return lambda _run, _resolved, names: {"Arn": names.bedrock(resource)}


def _arguments(resolved: JsonObject) -> JsonObject:
    arguments: JsonObject = resolved.get("Arguments") or {}
    return arguments


_METADATA: Mapping[str, Metadata] = {
    "Callback": _callback,
    "Lambda": _lambda,
    "Fail": _fail,
    "EMR": _emr,
    "EMRServerless": _emr_serverless,
    "Athena": _athena,
    "QualityCheck": _check,
    "ClarifyCheck": _check,
    "BedrockCustomModel": _bedrock("custom-model"),
    "BedrockCustomModelDeployment": _bedrock("custom-model-deployment"),
    "BedrockProvisionedModelThroughput": _bedrock("provisioned-model"),
    "BedrockModelImport": _bedrock("imported-model"),
}
