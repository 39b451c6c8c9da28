"""The input of a discovery, and the token by which pages go on."""

import base64

import pytest
from pydantic import ValidationError

from contract.discovery import Continuation, PipelineDiscoveryInput


def test_every_key_style_is_read() -> None:
    """snake_case, camelCase and PascalCase; nulls count as left out."""
    token = Continuation(platform="prod", name_prefix="a-", after="a-1").token()
    wanted = PipelineDiscoveryInput(platform="prod", name_prefix="a-", page_size=5, next_token=token)
    for keys in (
        ("platform", "name_prefix", "page_size", "next_token"),
        ("platform", "namePrefix", "pageSize", "nextToken"),
        ("Platform", "NamePrefix", "PageSize", "NextToken"),
    ):
        document = dict(zip(keys, ("prod", "a-", 5, token), strict=True))
        assert PipelineDiscoveryInput.model_validate(document) == wanted
        nothing = dict.fromkeys(keys)
        assert PipelineDiscoveryInput.model_validate(nothing) == PipelineDiscoveryInput()
    assert wanted.after == "a-1"


def test_a_token_is_plain_ascii_and_never_expires() -> None:
    """It names a pipeline, and fits into a URL."""
    token = Continuation(platform="prod", name_prefix="", after="p" * 256).token()
    assert Continuation.read(token).after == "p" * 256
    assert token.isascii()
    assert not set("+/ ") & set(token)


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "äöü",
        "e30=",
        base64.b64encode(b"[" * 2000).decode(),
        base64.b64encode(b"\xff\xfe").decode(),
        "====",
        "MQ==",
    ],
)
def test_a_foreign_token_is_refused(token: str) -> None:
    """Whatever it is, the field is named, and no other error comes of it."""
    with pytest.raises(ValidationError, match="is not a next_token of a discovery"):
        PipelineDiscoveryInput(next_token=token)


def test_an_empty_token_begins_at_the_beginning() -> None:
    """Serialisers write empty texts where nothing was given."""
    assert PipelineDiscoveryInput(next_token="").after == ""


@pytest.mark.parametrize("prefix", ["", "a", "a-", "A-1", "a" * 256])
def test_prefixes_that_names_can_begin_with(prefix: str) -> None:
    """A trailing hyphen is right here, though AWS's own pattern refuses it."""
    assert PipelineDiscoveryInput(name_prefix=prefix).name_prefix == prefix


@pytest.mark.parametrize("prefix", ["-a", "a_b", "a b", "a*", "ä", "a" * 257, "a\n"])
def test_prefixes_that_no_name_begins_with(prefix: str) -> None:
    """Refused here, because AWS would refuse them with a pattern."""
    with pytest.raises(ValidationError, match="must be the beginning of pipeline names"):
        PipelineDiscoveryInput(name_prefix=prefix)
