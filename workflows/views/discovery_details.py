"""A discovery as people see it on its page in the Temporal Web UI, in Temporal's markdown."""

from typing import Final

from contract.discovery import PipelineDiscovery, PipelineDiscoveryInput

MAX_PROBLEMS_SHOWN: Final = 20
MAX_PROBLEM_CHARS: Final = 200


def render_discovering(wanted: PipelineDiscoveryInput) -> str:
    """Render a discovery under way; how far it is stands in the heartbeat of its activity."""
    lines = ["### 🔵 Discovering pipelines", "", f"- **Platform:** {wanted.platform}"]
    if wanted.name_prefix:
        lines.append(f"- **Prefix:** {wanted.name_prefix}")
    if wanted.after:
        lines.append(f"- **After:** {wanted.after}")
    return "\n".join([*lines, "- **Progress:** see the pending activity's heartbeat"])


def render_discovery(found: PipelineDiscovery) -> str:
    """Render what was found: how many, which, what is wrong, and whether there is more."""
    lines = [
        f"### {'⚠️' if found.problems else '✅'} {len(found.jobs)} of {found.total} pipelines",
        "",
        f"- **Platform:** {found.platform}{f' ({found.region})' if found.region else ''}",
    ]
    if found.name_prefix:
        lines.append(f"- **Prefix:** {found.name_prefix}")
    if found.jobs:
        lines.append(f"- **Names:** {found.jobs[0].external_id} … {found.jobs[-1].external_id}")
    if found.next_token:
        lines.append("- **More:** start another discovery with the result's `next_token`")
    if found.problems:
        lines += ["", f"**Problems ({len(found.problems)})**", ""]
        lines += [
            f"- **{problem.external_id}** {problem.type}: {' '.join(problem.message.split())[:MAX_PROBLEM_CHARS]}"
            for problem in found.problems[:MAX_PROBLEMS_SHOWN]
        ]
    return "\n".join(lines)
