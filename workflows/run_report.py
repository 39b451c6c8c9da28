"""Keeping the run document, and showing each change of it to whoever looks."""

from contextlib import suppress
from typing import Final

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.models import FollowedExecution, Observation
    from contract.arns import ExecutionArn, pipeline_of
    from contract.names import EXECUTION_ARN_ATTRIBUTE, PIPELINE_ATTRIBUTE, PLATFORM_ATTRIBUTE, STATUS_ATTRIBUTE
    from contract.pipeline_run import PipelineRunInput
    from contract.run_document import Phase, RunDocument, RunStatus, run_status
    from workflows.details import render_details


MAX_ATTRIBUTE_CHARS: Final = 1500
"""The server terminates a workflow that sets a search attribute of more than 2,048 bytes (tried)."""


class RunReport:
    """The run document and its copies: history, current details and search attributes."""

    def __init__(self) -> None:
        self.document = RunDocument()
        self._published: tuple[RunStatus, str | None] | None = None

    def accepted(self, run_input: PipelineRunInput) -> None:
        """Tell that the run's input is valid and the execution is about to be started or found."""
        self.document.platform = run_input.platform
        # By its name also where it was given by ARN, so that a search finds all runs of a pipeline.
        self.document.pipeline_name = pipeline_of(run_input.pipeline_name)
        self._changed("Run accepted")

    def continued(self, document: RunDocument) -> None:
        """Take the document over from the run before a continue-as-new."""
        self.document = document
        self._published = (document.status, document.run_id)
        self._changed("History continued in a new run")

    def waits_for_quota(self, refusal: str) -> None:
        """Tell that AWS has no room and the start is tried again later."""
        self.document.phase = Phase.WAITING_FOR_QUOTA
        self.document.message = refusal
        self._changed("AWS refused the start for a quota; it is tried again until there is room")

    def start_put_off(self, refusal: str) -> None:
        """Tell that AWS could not be asked to start, and is asked again later."""
        self.document.message = refusal
        self._changed("AWS could not be asked to start; it is tried again until it answers")

    def found(self, execution: FollowedExecution) -> None:
        """Tell which execution this run follows."""
        document = self.document
        document.run_id = execution.execution_arn
        # An ARN of a form that nobody knows yet is no reason to lose the execution.
        with suppress(ValueError):
            arn = ExecutionArn.parse(execution.execution_arn)
            document.region = arn.region
            document.monitor_url = arn.monitor_url(document.pipeline_name or arn.pipeline)
        if document.phase is not Phase.STOPPING:
            document.phase = Phase.RUNNING
        for note in execution.notes:
            document.note(note)
        self.observed(execution.observed)

    def observed(self, seen: Observation) -> None:
        """Tell what AWS said about the execution."""
        document = self.document
        document.sagemaker_status = seen.sagemaker_status
        document.status = run_status(seen.sagemaker_status) if seen.sagemaker_status else RunStatus.RUNNING
        document.message = seen.message
        document.started_at = seen.created_at
        document.ended_at = seen.last_modified_at if seen.has_ended else None
        if document.status is RunStatus.UNKNOWN:
            document.message = (
                f"SageMaker reports the status '{seen.sagemaker_status}', which this version does not know; "
                "the run stays open and is looked at more slowly"
            )
        self._changed(f"SageMaker reports {seen.sagemaker_status or 'nothing yet'}")

    def stopping(self, why: str) -> None:
        """Tell that a stop is under way."""
        self.document.phase = Phase.STOPPING
        self._changed(why)

    def closed(self, status: RunStatus, why: str, message: str | None = None) -> None:
        """Tell the end of the run."""
        self.document.phase = Phase.CLOSED
        self.document.status = status
        if message is not None:
            self.document.message = message
        self._changed(why)

    def _changed(self, why: str) -> None:
        document = self.document
        document.record(workflow.now(), why)
        workflow.logger.info(
            "pipeline_run.changed",
            extra={
                "phase": document.phase,
                "status": document.status,
                "sagemaker_status": document.sagemaker_status,
                "execution_arn": document.run_id,
                "why": why,
            },
        )
        workflow.set_current_details(render_details(document))
        if (document.status, document.run_id) == self._published or document.platform is None:
            return
        attributes = [STATUS_ATTRIBUTE.value_set(document.status)]
        if self._published is None and document.pipeline_name:
            attributes.append(PLATFORM_ATTRIBUTE.value_set(document.platform))
            attributes.append(PIPELINE_ATTRIBUTE.value_set(document.pipeline_name[:MAX_ATTRIBUTE_CHARS]))
        if document.run_id:
            attributes.append(EXECUTION_ARN_ATTRIBUTE.value_set(document.run_id[:MAX_ATTRIBUTE_CHARS]))
        workflow.upsert_search_attributes(attributes)
        self._published = (document.status, document.run_id)
