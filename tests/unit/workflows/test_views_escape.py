"""Texts of AWS and of callers on the pages of checks, discoveries and deployments: never markup."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import pytest

from contract.deployment import PipelineDeploymentInput
from contract.discovery import (
    Continuation,
    Job,
    PipelineDiscovery,
    PipelineDiscoveryInput,
    PipelineProblem,
    ProblemType,
)
from contract.platform_check import Check, PlatformCheck
from workflows.views.check_details import render_check, render_checking
from workflows.views.deployment_details import render_deploying
from workflows.views.discovery_details import MAX_PROBLEM_CHARS, render_discovering, render_discovery
from workflows.views.markdown import plain

MARKUP: Final = "*a* [x](https://evil) <img src=x>\n# `b` | c"
NOON: Final = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)


def check() -> str:
    """A check of which every text is markup."""
    checks = [Check(name=MARKUP, ok=False, detail=MARKUP, remedy=MARKUP)]
    return render_check(PlatformCheck(platform=MARKUP, region=MARKUP, checked_at=NOON, checks=checks))


def discovering() -> str:
    """The same of a discovery under way."""
    token = Continuation(platform=MARKUP, name_prefix=MARKUP, after=MARKUP).token()
    return render_discovering(
        PipelineDiscoveryInput.model_construct(platform=MARKUP, name_prefix=MARKUP, next_token=token)
    )


def discovery() -> str:
    """The same of one that has ended."""
    problem = PipelineProblem(external_id=MARKUP, type=ProblemType.AWS_REFUSED, message=MARKUP)
    jobs = [Job(external_id=MARKUP, arn=MARKUP)]
    return render_discovery(
        PipelineDiscovery(platform=MARKUP, region=MARKUP, name_prefix=MARKUP, jobs=jobs, problems=[problem])
    )


def deploying() -> str:
    """The same of a deployment under way; the pipeline's name stands there as code."""
    given = PipelineDeploymentInput.model_construct(pipeline_name="churn", platform=MARKUP)
    return render_deploying(given, MARKUP)


@pytest.mark.parametrize(
    ("render", "times"),
    [
        (check, 5),
        (lambda: render_checking(MARKUP), 1),
        (discovering, 3),
        (discovery, 7),
        (deploying, 2),
    ],
    ids=["check", "checking", "discovering", "discovery", "deploying"],
)
def test_what_others_wrote_is_no_markup(render: Callable[[], str], times: int) -> None:
    """Each of their texts is there, escaped."""
    text = render()
    assert text.count(plain(MARKUP)) == times
    assert not set("[<|#") & set(text.replace(plain(MARKUP), "").removeprefix("### "))


def test_a_message_is_cut_before_it_is_escaped() -> None:
    """Half of an escape would take the meaning of what follows."""
    problem = PipelineProblem(external_id="churn", type=ProblemType.AWS_REFUSED, message="*" * 500)
    text = render_discovery(PipelineDiscovery(platform="default", problems=[problem]))
    assert text.endswith(" AwsRefused: " + "\\*" * MAX_PROBLEM_CHARS)
