import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from activities.aws.pipeline_patterns import read_pattern
from contract.job_kinds import JobKind
from worker.cli.outcome import CommandError
from worker.cli.pattern_options import PipelinePatternsOption
from worker.cli.screen import print_json, progress

if TYPE_CHECKING:
    from activities.aws.platforms import Platform

_NAME: Final = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_KIND: Final = re.compile(r"(?P<kind>[a-z_]+|\*)(?::(?P<name>[a-zA-Z0-9*\-]{1,64}))?")


class Format(StrEnum):
    """How a set-up is written."""

    CLOUDFORMATION = "cloudformation"
    CLI = "cli"


def events_setup(
    *,
    platform: Annotated[
        str | None, typer.Option(help="The platform whose ends are to be known at once; 'default' otherwise.")
    ] = None,
    pipelines: PipelinePatternsOption = None,
    kinds: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND[:PATTERN],…",
            help="What else sends events: training, processing, transform, labeling, tuning, model_package, endpoint, "
            "all of a kind or those of a pattern of names (training:churn-*); the platform's own allowed_jobs, or "
            "none, otherwise. Without --pipelines, the events are of these only.",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the rule, with which those of the queues begin.", show_default=False)
    ] = None,
    region: Annotated[str | None, typer.Option(help="cli: region of the rule; the platform's otherwise.")] = None,
    output_format: Annotated[
        Format, typer.Option("--format", help="A CloudFormation template, or a script of AWS CLI commands.")
    ] = Format.CLOUDFORMATION,
) -> None:
    """Print what sends SageMaker's events to a queue, so that workers know an end when it happens.

    A rule, a queue that only the rule may send to, a queue for what could not be delivered, and the policy of the
    worker's identity. Nothing is created: a person, or a pipeline of yours, runs what is printed.

    **Examples**

    - `polysync-sagemaker events-setup --platform production > events.json`

    - `polysync-sagemaker events-setup --pipelines 'churn-*' --kinds training,model_package --format cli | bash`
    """
    # Here, so that the other commands need not load boto3.
    from worker.cli.platform_place import read_platform  # noqa: PLC0415 — see above
    from worker.events_setup.cloudformation import template  # noqa: PLC0415 — see above
    from worker.events_setup.commands import script  # noqa: PLC0415 — see above
    from worker.events_setup.parts import Parts, default_name  # noqa: PLC0415 — see above

    found = read_platform(platform)
    rule = name or default_name(found.name)
    if not _NAME.fullmatch(rule):
        raise CommandError("--name must be up to 64 letters, digits, hyphens and underscores.")
    parts = Parts(rule, _pattern(found, pipelines or [], kinds or []), found.name)
    if output_format is Format.CLI:
        print(script(parts, region=region or found.region))  # noqa: T201 — a script, not to be wrapped or styled
    else:
        print_json(template(parts))


def _pattern(platform: "Platform", pipelines: Sequence[str], kinds: Sequence[str]) -> dict[str, object]:
    from worker.events_setup.rule import Wanted  # noqa: PLC0415 — so that the other commands need not load boto3

    given = [text.strip() for texts in kinds for text in texts.split(",")]
    if not pipelines and not given:
        pipelines = platform.allowed_pipelines or ["*"]
        given = [text for text in platform.allowed_jobs or [] if not _is_without_events(text)]
        if not given:
            progress.print("Events of pipelines and their steps only; name jobs and model packages with --kinds.")
    try:
        return Wanted([read_pattern(text) for text in pipelines], _names_by_kind(given)).pattern()
    except ValueError as error:
        raise CommandError(f"{error}.") from None


def _is_without_events(pattern: str) -> bool:
    from worker.events_setup.rule import EVENT_KINDS  # noqa: PLC0415 — so that the other commands need not load boto3

    kind = pattern.partition(":")[0]
    return kind in set(JobKind) - set(EVENT_KINDS)


def _names_by_kind(texts: Sequence[str]) -> Mapping[str, list[str]]:
    from worker.events_setup.rule import EVENT_KINDS  # noqa: PLC0415 — so that the other commands need not load boto3

    found: dict[str, list[str]] = {}
    for text in texts:
        match = _KIND.fullmatch(text)
        if match is None or match["kind"] not in {"*", *EVENT_KINDS}:
            raise ValueError(
                f"--kinds '{text[:80]}' must be one of {', '.join(EVENT_KINDS)} or *, alone or with a pattern of names "
                "behind a colon, such as training:churn-*; the other kinds have no events"
            )
        for kind in EVENT_KINDS if match["kind"] == "*" else [match["kind"]]:
            found.setdefault(kind, []).append(match["name"] or "*")
    return found
