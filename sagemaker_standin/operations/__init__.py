"""The operations of SageMaker and CloudWatch Logs that pipelines and jobs need, by AWS's own names."""

from sagemaker_standin.operations import executions, job_lists, jobs, logs, packages, pipelines, steps, tags
from sagemaker_standin.operations.backend import Handler

READING: dict[str, Handler] = {
    "DescribePipeline": pipelines.describe_pipeline,
    "DescribePipelineDefinitionForExecution": executions.describe_pipeline_definition_for_execution,
    "DescribePipelineExecution": executions.describe_pipeline_execution,
    "FilterLogEvents": logs.filter_log_events,
    "GetLogEvents": logs.get_log_events,
    "ListModelPackages": packages.list_model_packages,
    "ListPipelineExecutionSteps": steps.list_pipeline_execution_steps,
    "ListPipelineExecutions": executions.list_pipeline_executions,
    "ListPipelineParametersForExecution": executions.list_pipeline_parameters_for_execution,
    "ListPipelineVersions": pipelines.list_pipeline_versions,
    "ListPipelines": pipelines.list_pipelines,
    "ListTrainingJobsForHyperParameterTuningJob": job_lists.list_training_jobs_for_tuning_job,
    "ListTags": tags.list_tags,
    **jobs.DESCRIBING,
    **job_lists.LISTING,
}
CHANGING: dict[str, Handler] = {
    "AddTags": tags.add_tags,
    "CreatePipeline": pipelines.create_pipeline,
    "DeleteTags": tags.delete_tags,
    "DeleteModelPackage": packages.delete_model_package,
    "DeletePipeline": pipelines.delete_pipeline,
    "RetryPipelineExecution": executions.retry_pipeline_execution,
    "SendPipelineExecutionStepFailure": steps.send_pipeline_execution_step_failure,
    "SendPipelineExecutionStepSuccess": steps.send_pipeline_execution_step_success,
    "StartPipelineExecution": executions.start_pipeline_execution,
    "StopPipelineExecution": executions.stop_pipeline_execution,
    "UpdateModelPackage": packages.update_model_package,
    "UpdatePipeline": pipelines.update_pipeline,
    "UpdatePipelineVersion": pipelines.update_pipeline_version,
    "UpdatePipelineExecution": executions.update_pipeline_execution,
    "UpdateTrainingJob": jobs.update_training_job,
    **jobs.CREATING,
    **jobs.STOPPING,
    **jobs.DELETING,
}
