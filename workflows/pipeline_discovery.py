"""`SageMakerPipelineDiscovery`: what Polysync's "Get Pipelines" asks for, one page a workflow."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.discovery.pipelines import DiscoveryActivities
    from activities.models import DiscoverRequest
    from contract.discovery import PipelineDiscovery, PipelineDiscoveryInput
    from contract.names import PLATFORM_ATTRIBUTE, WorkflowType
    from workflows.failed_activity import failing_as_the_activity
    from workflows.optional_input import read_optional_input
    from workflows.policies import discovery_activity
    from workflows.views.discovery_details import render_discovering, render_discovery


@workflow.defn(name=WorkflowType.PIPELINE_DISCOVERY)
class SageMakerPipelineDiscovery:
    """Finds a platform's pipelines and returns them as Polysync Jobs, in the order of their names."""

    @workflow.run
    async def run(self, *arguments: Any) -> PipelineDiscovery:
        """Find one page of pipelines.

        Args:
            arguments: One `PipelineDiscoveryInput` or none, validated here and not by Temporal, which would retry an
                invalid one for ever.

        Raises:
            ApplicationError: Typed by `FailureType`.
            asyncio.CancelledError: The discovery was cancelled.
        """
        wanted = read_optional_input(arguments, PipelineDiscoveryInput)
        workflow.upsert_search_attributes([PLATFORM_ATTRIBUTE.value_set(wanted.platform)])
        workflow.set_current_details(render_discovering(wanted))
        request = DiscoverRequest(
            platform=wanted.platform, name_prefix=wanted.name_prefix, page_size=wanted.page_size, after=wanted.after
        )
        with failing_as_the_activity():
            found = await workflow.execute_activity_method(
                DiscoveryActivities.discover_pipelines,
                request,
                **discovery_activity(f"Discover pipelines of {wanted.platform}"),
            )
        workflow.set_current_details(render_discovery(found))
        return found
