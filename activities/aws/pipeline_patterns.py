"""Patterns of pipelines, such as `churn-*`: which ones a platform is for."""

import re
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import AfterValidator

from contract.arns import PipelineReference
from contract.platform_check import read_pipeline_pattern

_ARN_PATTERN: Final = re.compile(r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]+:[0-9]{12}:pipeline/[a-zA-Z0-9*\-]+")


def read_pattern(text: str) -> str:
    """Check a pattern: of pipelines' names, or of ARNs where pipelines of another account are meant.

    Raises:
        ValueError: If it is neither.
    """
    if _ARN_PATTERN.fullmatch(text):
        return text
    try:
        return read_pipeline_pattern(text)
    except ValueError as error:
        raise ValueError(f"'{text[:80]}' {error}; or a pipeline's ARN") from None


def _read_patterns(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(read_pattern(text) for text in texts)


PipelinePatterns = Annotated[tuple[str, ...], AfterValidator(_read_patterns)]


def is_allowed(patterns: Sequence[str], pipeline: PipelineReference, *, own_account: str | None) -> bool:
    """Return whether one of the patterns is about a pipeline. AWS lowers names in ARNs, so case makes no difference.

    Args:
        patterns: Of names, or of ARNs.
        pipeline: The pipeline.
        own_account: The account that names are in; a pattern of names then is about no ARN of another account.
    """
    texts = set() if pipeline.account is None else {pipeline.text}
    if pipeline.account is None or own_account in {None, pipeline.account}:
        texts.add(pipeline.name)
    return any(_regex(pattern).fullmatch(text) for pattern in patterns for text in texts)


def _regex(pattern: str) -> re.Pattern[str]:
    # A wildcard stands for what a name may have and never for a slash, behind which an ARN goes on.
    return re.compile(re.escape(pattern).replace(r"\*", r"[a-z0-9\-]*"), re.IGNORECASE)
