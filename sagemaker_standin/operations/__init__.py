"""The operations of SageMaker and CloudWatch Logs that pipelines need, by AWS's own names."""

from sagemaker_standin.jobs import DESCRIBED_BY
from sagemaker_standin.operations import executions, jobs, logs, pipelines, steps
from sagemaker_standin.operations.backend import Handler

READING: dict[str, Handler] = {
    "DescribePipeline": pipelines.describe_pipeline,
    "DescribePipelineDefinitionForExecution": executions.describe_pipeline_definition_for_execution,
    "DescribePipelineExecution": executions.describe_pipeline_execution,
    "FilterLogEvents": logs.filter_log_events,
    "GetLogEvents": logs.get_log_events,
    "ListPipelineExecutionSteps": steps.list_pipeline_execution_steps,
    "ListPipelineExecutions": executions.list_pipeline_executions,
    "ListPipelineParametersForExecution": executions.list_pipeline_parameters_for_execution,
    "ListPipelineVersions": pipelines.list_pipeline_versions,
    "ListPipelines": pipelines.list_pipelines,
    **{operation: jobs.describing(resource) for operation, resource in DESCRIBED_BY.items()},
}
CHANGING: dict[str, Handler] = {
    "CreatePipeline": pipelines.create_pipeline,
    "DeletePipeline": pipelines.delete_pipeline,
    "RetryPipelineExecution": executions.retry_pipeline_execution,
    "SendPipelineExecutionStepFailure": steps.send_pipeline_execution_step_failure,
    "SendPipelineExecutionStepSuccess": steps.send_pipeline_execution_step_success,
    "StartPipelineExecution": executions.start_pipeline_execution,
    "StopPipelineExecution": executions.stop_pipeline_execution,
    "UpdatePipeline": pipelines.update_pipeline,
    "UpdatePipelineExecution": executions.update_pipeline_execution,
}
