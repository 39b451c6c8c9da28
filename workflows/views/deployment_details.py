"""A deployment as people see it on its page in the Temporal Web UI, in Temporal's markdown."""

from typing import Final

from contract.deployment import DeploymentAction, PipelineDeployment, PipelineDeploymentInput
from workflows.views.markdown import code, plain

_WORDS: Final = {
    DeploymentAction.CREATED: ("Created", "Would be created"),
    DeploymentAction.UPDATED: ("Updated", "Would be updated"),
    DeploymentAction.UNCHANGED: ("Unchanged", "Unchanged"),
}


def render_deploying(given: PipelineDeploymentInput, doing: str) -> str:
    """Render a deployment under way: what it does just now."""
    return "\n".join([f"### 🔵 {plain(doing)}", "", *_place(given.pipeline_name, given.platform)])


def render_deployment(document: PipelineDeployment) -> str:
    """Render what a deployment did, or would do."""
    done, would_be = _WORDS[document.action]
    lines = [f"### ✅ {done if document.applied else would_be}", "", *_place(document.pipeline_name, document.platform)]
    if document.version is not None:
        lines.append(f"- **Version:** {document.version}")
    if document.alias_move is not None:
        move = document.alias_move
        before = f", from version {move.from_version}" if move.from_version else ""
        lines.append(f"- **Alias:** {code(move.alias)} → version {move.version or 'new'}{before}")
    return "\n".join([*lines, *(f"- {plain(note)}" for note in document.notes)])


def _place(pipeline: str, platform: str) -> list[str]:
    return [f"- **Pipeline:** {code(pipeline)}", f"- **Platform:** {plain(platform)}"]
