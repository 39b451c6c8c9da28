"""What AWS does in more than one way, or in a way that is not published: each a switch of the control API."""

from dataclasses import dataclass
from typing import Literal

from sagemaker_standin.switches import Switches


@dataclass
class Behaviours(Switches):
    """The switches; their defaults are what real traces show, or what is likeliest.

    Attributes:
        reused_token: answer to a known token with other input: `conflict` is likeliest.
        steps_move_last_modified: whether a step's change moves the execution's LastModifiedTime.
        running_steps_finish_after_failure: whether jobs that run beside a failed step go on to their own end.
        lists_lag_seconds: real seconds by which ListPipelineExecutions comes after DescribePipelineExecution.
        steps_lag_seconds: real seconds for which ListPipelineExecutionSteps still shows a step that has ended as
            Executing, also when its execution has ended.
        metadata_lag_seconds: real seconds after its start for which a step shows no Metadata.
        results_of_own_steps: CacheHitResult and SelectiveExecutionResult of steps that the execution ran itself:
            `empty` is an object whose SourcePipelineExecutionArn is `""`.
        absent_members: members without a value, in every reply: left out, `null`, or `""`, `{}` and `[]`.
        last_page_token: NextToken of the last page: left out, `""`, or a token that leads to this end again and again.
        retry_note: whether AWS's sentences on missing retry policies follow the FailureReason of a step, on a line of
            their own or after a space (both are seen in AWS traces).
        changed_definitions: whether an update makes a new version when the text of the definition differs from that of
            the latest version, or only when its JSON does.
        longest_inline_definition: the most characters of a definition that is not in S3.
        taken_pipeline_names: AWS's code for a CreatePipeline under a name that is taken: `ValidationException`, as
            aws/sagemaker-python-sdk expects it, or the modelled `ConflictException`.
        taken_aliases: AWS's code for an alias that another version has.
        needless_alias_changes: adding an alias that the version has already, or removing one that it does not have:
            accepted, or refused.
        versions_lag_seconds: real seconds by which ListPipelineVersions comes after DescribePipeline.
        retried_definition: what RetryPipelineExecution runs after an update: the execution's `own` definition is
            likeliest, or the pipeline's `latest`.
        job_arns: the job's name inside ARNs, in lower case or as the job is called; log streams always carry the name.
        listed_execution_arns: the pipeline's name inside the ARNs of ListPipelineExecutions, in lower case as
            StartPipelineExecution gives it, or as the pipeline is called.
        jobs_of_cached_steps: whether the jobs of a step that is taken over from the cache can still be described.
        taken_names: whether a Create…Job finds its name taken before validation, propagation and quota, or after them.
        simultaneous_creates_seconds: real seconds after the creation of a job for which another Create under its name
            is answered with its ARN, as two at once might be.
        absent_jobs: AWS's code for a job that does not exist, for the kinds where it is not published: the modelled
            `ResourceNotFound`, or `ValidationException` as for training jobs.
        jobs_hidden_seconds: real seconds after the creation of a job for which clients do not find it.
        describes_denied_seconds: real seconds after the creation of a job for which Describe is AccessDenied, since
            its tags are not there yet (aws/sagemaker-python-sdk#4600).
        job_lists_lag_seconds: real seconds by which the lists of jobs come after the descriptions.
        filtered_job_pages: whether pages are cut before the filters: never, for filters by modification
            (aws/aws-sdk#486), or for all of them; such pages may be empty and have a NextToken.
        stop_of_ended_jobs: refused in AWS's words for training jobs, refused in other words, or accepted.
        stop_of_stopping_jobs: accepted, or refused as for ended jobs.
        stop_of_hidden_jobs: accepted, or refused as if the job did not exist.
        deleted_jobs_linger_seconds: real seconds for which a deleted job is shown as Deleting and keeps its name.
        callback_tokens: whether ListPipelineExecutionSteps shows the token of a Callback step that waits.
        job_tags: whether ListTags is AccessDenied.
        job_tags_lag_seconds: real seconds after the creation of a job for which ListTags returns no tags.
    """

    reused_token: Literal["conflict", "first", "validation"] = "conflict"  # noqa: S105 — a behaviour
    steps_move_last_modified: bool = True
    running_steps_finish_after_failure: bool = True
    lists_lag_seconds: float = 0.0
    steps_lag_seconds: float = 0.0
    metadata_lag_seconds: float = 0.0
    results_of_own_steps: Literal["omitted", "empty"] = "empty"
    absent_members: Literal["omitted", "null", "empty"] = "omitted"
    last_page_token: Literal["omitted", "empty", "repeated"] = "omitted"  # noqa: S105 — a behaviour
    retry_note: Literal["none", "line", "sentence"] = "line"
    changed_definitions: Literal["text", "json"] = "text"
    longest_inline_definition: int = 1_048_576
    taken_pipeline_names: Literal["validation", "conflict"] = "validation"
    taken_aliases: Literal["conflict", "validation"] = "conflict"
    needless_alias_changes: Literal["accepted", "refused"] = "accepted"
    versions_lag_seconds: float = 0.0
    retried_definition: Literal["own", "latest"] = "own"
    job_arns: Literal["lower_case", "as_named"] = "lower_case"
    listed_execution_arns: Literal["lower_case", "as_named"] = "as_named"
    jobs_of_cached_steps: Literal["kept", "gone"] = "kept"
    taken_names: Literal["first", "last"] = "first"
    simultaneous_creates_seconds: float = 0.0
    absent_jobs: Literal["not_found", "validation"] = "not_found"
    jobs_hidden_seconds: float = 0.0
    describes_denied_seconds: float = 0.0
    job_lists_lag_seconds: float = 0.0
    filtered_job_pages: Literal["packed", "sparse_by_modification", "sparse"] = "sparse_by_modification"
    stop_of_ended_jobs: Literal["refused", "unknown_text", "accepted"] = "refused"
    stop_of_stopping_jobs: Literal["accepted", "refused"] = "refused"
    stop_of_hidden_jobs: Literal["accepted", "refused"] = "refused"
    deleted_jobs_linger_seconds: float = 0.0
    callback_tokens: Literal["shown", "hidden"] = "shown"
    job_tags: Literal["readable", "denied"] = "readable"
    job_tags_lag_seconds: float = 0.0
