"""What the document of a deployment says before anything is done."""

from activities.deployment.messages import DeploymentState
from contract.definition_difference import Difference, NamedDifference
from contract.deployment import AliasMove, PipelineDeploymentInput
from workflows.deployment.documents import preview_of

CHANGED = Difference(same=False, steps=[NamedDifference(name="a", kind="added")])


def test_an_alias_is_wanted_also_where_aws_lists_no_versions() -> None:
    """As of a pipeline that another tool made a moment ago: the update's answer or a failure decides."""
    given = PipelineDeploymentInput(pipeline_name="churn", apply=True, alias="prod")
    for changes in (CHANGED, Difference(same=True)):
        state = DeploymentState(exists=True, pipeline_arn="arn", changes=changes)
        assert preview_of(given, state).alias_move == AliasMove(alias="prod", version=None)
