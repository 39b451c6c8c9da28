"""Secrets in texts: every form in which AWS, tools and error messages quote a value."""

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.redaction import MASK, SHORTEST_FRAGMENT, WITHHELD, Redaction

SECRET = 'PLANTED "pass"word\\with \u00e9 and more'

FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "upper case": str.upper,
    "lower case": str.lower,
    "spaced": " ".join,
    "hyphenated": "-".join,
    "split into lines": lambda secret: "\n".join(secret[at : at + 5] for at in range(0, len(secret), 5)),
    "cut off": lambda secret: secret[: SHORTEST_FRAGMENT + 1],
    "an inner fragment": lambda secret: secret[10:22],
    "json": json.dumps,
    "json in json": lambda secret: json.dumps(json.dumps(secret)),
    "json without ascii": lambda secret: json.dumps(secret, ensure_ascii=False),
    "repr": repr,
    "html": html.escape,
    "url": quote,
    "form": quote_plus,
    "hex": lambda secret: secret.encode().hex(),
    "upper hex with colons": lambda secret: secret.encode().hex(":").upper(),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "url-safe base64": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "basic authentication": lambda secret: base64.b64encode(f"u:{secret}".encode()).decode(),
    "base64 within": lambda secret: base64.b64encode(f"<{secret}>?".encode()).decode(),
    "base64 in lines": lambda secret: base64.encodebytes((secret * 3).encode()).decode(),
}


def plain(text: str) -> str:
    """The letters and digits of a text in one case."""
    return "".join(one for one in text.casefold() if one.isalnum())


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_secret_is_replaced(form: str) -> None:
    """What stands around the quotation stays."""
    written = FORMS[form](SECRET)
    redacted = Redaction([SECRET]).of(f"ValidationException: <{written}> is not valid")
    assert redacted.startswith("ValidationException: <")
    assert redacted.endswith("> is not valid")
    assert MASK in redacted
    told = plain(redacted.replace(MASK, "|").replace("ValidationException: <", "").replace("> is not valid", ""))
    hidden = plain(written)
    assert not any(hidden[at : at + SHORTEST_FRAGMENT] in told for at in range(len(hidden) - SHORTEST_FRAGMENT + 1))


@pytest.mark.parametrize(
    ("secret", "text"), [("abc", "xabcx"), ("!?-!?-!?", "is !?-!?-!? right"), ("a-b-c-d", "a-b-c-d")]
)
def test_a_text_that_quotes_a_short_secret_is_withheld(secret: str, text: str) -> None:
    """What surrounds a mask would give it away."""
    assert Redaction([secret]).of(text) == WITHHELD


def test_a_text_without_secrets_stays() -> None:
    """To the letter, with and without secrets to find."""
    text = "AlgorithmError: ImportError: no module named x, exit code: 1"
    assert Redaction([SECRET, "abc", ""]).of(text) == text
    assert Redaction([]).of(text) == text


def test_the_texts_of_a_document_are_redacted() -> None:
    """All that are values, wherever they stand."""
    document = {"reason": f"bad {SECRET}", "steps": [{"name": "a", "tries": 2, "why": SECRET}], "none": None}
    assert Redaction([SECRET]).of_document(document) == {
        "reason": f"bad {MASK}",
        "steps": [{"name": "a", "tries": 2, "why": MASK}],
        "none": None,
    }


@given(secret=st.text(min_size=1, max_size=60), before=st.text(max_size=20), after=st.text(max_size=20))
def test_no_secret_survives_as_it_is(secret: str, before: str, after: str) -> None:
    """Whatever characters it is made of."""
    redacted = Redaction([secret]).of(f"{before}{secret}{after}")
    assert (
        redacted == WITHHELD
        or plain(secret) not in plain(redacted.replace(MASK, "|"))
        or plain(secret) in plain(before + "|" + after)
    )


@pytest.mark.parametrize(("number", "is_masked"), [(48151623, True), (148151623.5, True), (7, False), (True, False)])
def test_numbers_of_a_document_are_redacted(number: float, *, is_masked: bool) -> None:
    """An output may read a secret as a number."""
    clean = Redaction(["48151623"]).of_document([number])[0]
    assert (MASK in str(clean)) is is_masked
    assert is_masked or clean is number
