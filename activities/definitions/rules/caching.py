"""Rules on the cache of steps."""

import re
from collections.abc import Iterator
from typing import Any, Final

from activities.definitions.cache_keys import KEYS, is_cached, key_members
from activities.definitions.paths import Place, walk
from activities.definitions.references import references
from activities.definitions.rules.rule import Problem, Subject

_NOISE: Final = (
    (
        "a UUID",
        re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE),
    ),
    (
        "a time stamp",
        re.compile(r"(?<!\d)20\d\d-?[01]\d-?[0-3]\d[-T_ ]?[0-2]\d[-:]?[0-5]\d[-:]?[0-5]\d"),
    ),
    ("a time stamp", re.compile(r"(?<=[-_/])1[6-9]\d{8}(\d{3})?(?!\w)")),
)
_JOB_NAME: Final = "sagemaker_job_name"
_NEW_IN_EACH_EXECUTION: Final = frozenset(
    {"PipelineExecutionId", "PipelineExecutionArn", "StartDateTime", "CurrentDateTime"}
)


def cache_off(subject: Subject) -> Iterator[Problem]:
    """Find steps that could have a cache and say nothing about it."""
    for step in subject.steps:
        if step.type in KEYS and "CacheConfig" not in step.entry:
            yield Problem(step.path, "the step has no CacheConfig, so that every execution runs it again", step.name)


def cache_noise(subject: Subject) -> Iterator[Problem]:
    """Find what changes with every deployment or execution in the cache keys of cached steps."""
    for step in subject.steps:
        if not is_cached(step):
            continue
        for member, value in key_members(step):
            path = (*step.path, *member)
            for found in references(value, path):
                if found.execution in _NEW_IN_EACH_EXECUTION:
                    message = f"{found.text} is in the cache key and new in each execution: the cache is never used"
                    yield Problem(found.path, message, step.name)
            for here, inner in walk(value, path):
                if noise := _noise(here, inner):
                    yield Problem(
                        here.path, f"{noise} is in the cache key: a new one makes the step run again", step.name
                    )


def _noise(place: Place, value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    if place.name == _JOB_NAME:
        return f"the hyperparameter {_JOB_NAME}"
    return next((kind for kind, form in _NOISE if form.search(value)), None)
