"""A discovery as people see it on its page in the Temporal Web UI, in Temporal's markdown."""

from typing import Final

from contract.discovery import PipelineDiscovery, PipelineDiscoveryInput
from workflows.views.markdown import plain

MAX_PROBLEMS_SHOWN: Final = 20
MAX_PROBLEM_CHARS: Final = 200


def render_discovering(wanted: PipelineDiscoveryInput) -> str:
    """Render a discovery under way; how far it is stands in the heartbeat of its activity."""
    lines = ["### 🔵 Discovering pipelines", "", f"- **Platform:** {plain(wanted.platform)}"]
    if wanted.name_prefix:
        lines.append(f"- **Prefix:** {plain(wanted.name_prefix)}")
    if wanted.after:
        lines.append(f"- **After:** {plain(wanted.after)}")
    return "\n".join([*lines, "- **Progress:** see the pending activity's heartbeat"])


def render_discovery(found: PipelineDiscovery) -> str:
    """Render what was found: how many, which, what is wrong, and whether there is more."""
    place = f"{found.platform} ({found.region})" if found.region else found.platform
    lines = [
        f"### {'⚠️' if found.problems else '✅'} {len(found.jobs)} of {found.total} pipelines",
        "",
        f"- **Platform:** {plain(place)}",
    ]
    if found.name_prefix:
        lines.append(f"- **Prefix:** {plain(found.name_prefix)}")
    if found.jobs:
        lines.append(f"- **Names:** {plain(found.jobs[0].external_id)} … {plain(found.jobs[-1].external_id)}")
    if found.next_token:
        lines.append("- **More:** start another discovery with the result's `next_token`")
    if found.problems:
        lines += ["", f"**Problems ({len(found.problems)})**", ""]
        lines += [
            f"- **{plain(problem.external_id)}** {problem.type}: {plain(_cut(problem.message))}"
            for problem in found.problems[:MAX_PROBLEMS_SHOWN]
        ]
    return "\n".join(lines)


def _cut(message: str) -> str:
    """Cut a text before it is escaped, so that no half of an escape is left."""
    return " ".join(message.split())[:MAX_PROBLEM_CHARS]
