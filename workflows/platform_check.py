"""`SageMakerPlatformCheck`: what Polysync's "Test connectivity" asks for, from the worker that will do the work."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.models import CheckPlatformRequest
    from activities.platform_check import PlatformCheckActivities
    from contract.names import WorkflowType
    from contract.platform_check import PlatformCheck, PlatformCheckInput
    from workflows.failed_activity import failing_as_the_activity
    from workflows.optional_input import read_optional_input
    from workflows.policies import check_activity
    from workflows.views.check_details import render_check, render_checking


@workflow.defn(name=WorkflowType.PLATFORM_CHECK)
class SageMakerPlatformCheck:
    """Checks whether runs on a platform would work. A platform that does not is a result, and no failure.

    It upserts no search attributes: a namespace that lacks them is one of the problems that it must be able to report.
    """

    @workflow.run
    async def run(self, *arguments: Any) -> PlatformCheck:
        """Check a platform.

        Args:
            arguments: One `PlatformCheckInput` or none, validated here and not by Temporal, which would retry an
                invalid one for ever.

        Raises:
            ApplicationError: `InvalidInput`, naming the field and the remedy.
            asyncio.CancelledError: The check was cancelled.
        """
        wanted = read_optional_input(arguments, PlatformCheckInput)
        workflow.set_current_details(render_checking(wanted.platform))
        with failing_as_the_activity():
            found = await workflow.execute_activity_method(
                PlatformCheckActivities.check_platform,
                CheckPlatformRequest.of(wanted),
                **check_activity(f"Check {wanted.platform}"),
            )
        workflow.set_current_details(render_check(found))
        return found
