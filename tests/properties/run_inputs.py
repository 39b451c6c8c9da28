"""Inputs of runs as callers write them: any JSON at all, what is nearly right, and what is right in every key style."""

import json
import string
from collections.abc import Callable
from typing import Any, Final

from hypothesis import strategies as st
from pydantic.alias_generators import to_camel, to_pascal

from contract.pipeline_run import PipelineRunInput

Json = dict[str, Any]

FIELDS: Final = sorted(PipelineRunInput.model_fields)
KEY_STYLES: Final[tuple[Callable[[str], str], ...]] = (str, to_camel, to_pascal)

names = st.from_regex(r"[a-zA-Z0-9](-?[a-zA-Z0-9]){0,30}", fullmatch=True)
words = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=30)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
numbers = st.integers() | st.floats() | st.integers(-(10**400), 10**400)
scalars = st.none() | st.booleans() | numbers | texts
any_json = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts | words, inner, max_size=4)
)

parameter_values = (
    st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | texts
)
execution_arns = st.builds(
    "arn:aws:sagemaker:us-east-1:111122223333:pipeline/{}/execution/{}".format,
    names.map(str.lower),
    st.from_regex(r"[a-z0-9]{12}", fullmatch=True),
)

of_any_run: Final[dict[str, st.SearchStrategy[Any]]] = {
    "platform": words,
    "poll_interval": st.integers(1, 3600) | st.floats(1, 3600),
    "timeout": st.integers(1, 10**6) | st.floats(1, 10**6),
    "check_parameters": st.booleans(),
}
of_a_start: Final[dict[str, st.SearchStrategy[Any]]] = {
    "parameters": st.dictionaries(words, parameter_values, max_size=8),
    "display_name": names,
    "description": texts,
    "max_parallel_steps": st.integers(1, 2**31 - 1),
    "pipeline_version_id": st.integers(1, 2**63 - 1),
    "mlflow_experiment_name": names,
    "role_arn": names.map("arn:aws:iam::111122223333:role/{}".format),
    "client_request_token": st.text(string.ascii_letters + string.digits, min_size=32, max_size=128),
    "selective_execution": st.fixed_dictionaries(
        {"selected_steps": st.lists(st.fixed_dictionaries({"step_name": names}), min_size=1, max_size=4)},
        optional={"source_pipeline_execution_arn": execution_arns},
    ),
}


def _of_its_execution(arn: str) -> st.SearchStrategy[Json]:
    name = arn.split("/")[1]
    required = {"pipeline_name": st.sampled_from([name, name.upper()]), "execution_arn": st.just(arn)}
    return st.fixed_dictionaries(required, optional=of_any_run)


starts: Final = st.fixed_dictionaries({"pipeline_name": names}, optional=of_any_run | of_a_start)
"""Valid inputs of runs that start an execution, in snake_case."""

valid_inputs: Final = starts | execution_arns.flatmap(_of_its_execution)
"""Valid inputs, in snake_case."""

nearly_inputs: Final = st.dictionaries(
    st.sampled_from(FIELDS).flatmap(lambda name: st.sampled_from([style(name) for style in KEY_STYLES])) | texts,
    any_json | st.one_of(*of_any_run.values(), *of_a_start.values(), names, execution_arns),
    max_size=6,
)
"""The right keys with wrong values, unknown keys, the same key twice in two styles."""


@st.composite
def in_key_styles(draw: st.DrawFn, document: Json) -> Json:
    """The document with each key in any of the styles, and a null for some of what is left out."""
    left_out = draw(st.lists(st.sampled_from(FIELDS), unique=True))
    nulls = {name: None for name in left_out if name not in document}
    return {
        draw(st.sampled_from(KEY_STYLES))(name): _nested(draw, name, value)
        for name, value in (document | nulls).items()
    }


def _nested(draw: st.DrawFn, name: str, value: Any) -> Any:
    match name, value:
        case "parameters", dict() if draw(st.booleans()):
            keys = draw(st.sampled_from([("name", "value"), ("Name", "Value"), ("NAME", "VALUE")]))
            return [dict(zip(keys, parameter, strict=True)) for parameter in value.items()]
        case "parameters", _:
            return value  # names of parameters are data
        case _, dict():
            return {draw(st.sampled_from(KEY_STYLES))(key): _nested(draw, key, each) for key, each in value.items()}
        case _, list():
            return [_nested(draw, name, each) for each in value]
    return value


def as_json(document: Any) -> bytes:
    """A document as a client writes it; NaN and the infinities as Python's and .NET's writers can."""
    return json.dumps(document).encode()
