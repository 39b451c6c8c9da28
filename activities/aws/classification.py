"""Reading an error: its kind, its code, its text, and whether AWS did what was asked.

Errors are classified by code, never by message but for the quota of zero, and by HTTP status only where the code is
unknown: AccessDenied comes with 400 (seen in AWS traces), and is documented with 403.
"""

import re
from html import unescape
from typing import Final

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from activities.aws.error_kinds import Kind
from activities.aws.error_rules import KIND_OF_CODE, RULES
from contract.surrogates import well_formed_text

MAX_AWS_TEXT_CHARS: Final = 600
MAX_PAGE_TEXT_CHARS: Final = 120
MAX_READ_CHARS: Final = 10 * MAX_AWS_TEXT_CHARS
"""An answer may be a proxy's page of megabytes: its title and first words are enough."""
FIRST_SERVER_ERROR: Final = 500
TOO_MANY_REQUESTS: Final = 429

BOTO_ERRORS: Final = (boto.ClientError, boto.BotoCoreError, ResponseParserError)
"""Everything that a boto3 call raises because of AWS, the network, credentials or configuration."""

_KIND_OF_EXCEPTION: Final = {exception: kind for kind, rule in RULES.items() for exception in rule.exceptions}

# `The account-level service limit 'ml.p3.2xlarge for training job usage' is 0 Instances, …`, seen in AWS traces.
_ZERO_LIMIT: Final = re.compile(r"service limit .{0,200}? is 0 ")
_PAGE: Final = re.compile(r"<(!doctype html|html|head|body|title)\b", re.IGNORECASE)
_INVISIBLE: Final = re.compile(r"<(script|style)\b.*?(</\1>|$)|<[^>]{0,2000}>?", re.IGNORECASE | re.DOTALL)


def classify(error: Exception) -> Kind:
    """Return what an error of a boto3 call means; `UNKNOWN` for an exception that no row of the table has."""
    if isinstance(error, boto.ClientError):
        return _kind_of_answer(error)
    known = (kind for exception, kind in _KIND_OF_EXCEPTION.items() if isinstance(error, exception))
    return next(known, Kind.UNKNOWN)


def _kind_of_answer(error: boto.ClientError) -> Kind:
    kind = KIND_OF_CODE.get(code_of(error))
    if kind is Kind.QUOTA and _ZERO_LIMIT.search(aws_text(error)):
        return Kind.QUOTA_IS_ZERO
    if kind is not None:
        return kind
    status = status_of(error)
    if status == TOO_MANY_REQUESTS:
        return Kind.THROTTLED
    return Kind.UNAVAILABLE if status >= FIRST_SERVER_ERROR else Kind.UNKNOWN


def is_certain_refusal(error: Exception) -> bool:
    """Whether AWS certainly did not do what was asked; anything else leaves that open."""
    if isinstance(error, boto.EndpointConnectionError | boto.ConnectTimeoutError):
        return True  # without a connection nothing was sent
    kind = classify(error)
    is_answer = isinstance(error, boto.ClientError)
    return not RULES[kind].may_have_effect or (is_answer and kind is Kind.UNKNOWN)


def code_of(error: boto.ClientError) -> str:
    """Return AWS's code of an error; the HTTP status if the answer was not AWS's."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: boto.ClientError) -> int:
    """Return the HTTP status of an error; 0 if it is not known."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)


def aws_text(error: Exception) -> str:
    """Return the text of an error, in bounded length, without any secret and without the markup of an HTML page."""
    if not isinstance(error, boto.ClientError):
        return well_formed_text(_without_markup(str(error))[:MAX_AWS_TEXT_CHARS])
    text = str(error.response.get("Error", {}).get("Message", "")).strip()
    if KIND_OF_CODE.get(code_of(error)) is Kind.CREDENTIALS:
        # A signature mismatch quotes the canonical request, session token included: only its first line is safe.
        text = text.split("\n", 1)[0]
    return well_formed_text(_without_markup(text)[:MAX_AWS_TEXT_CHARS])


def _without_markup(text: str) -> str:
    """Return the words of an HTML page, such as a proxy answers with; other texts as they are."""
    text = text[:MAX_READ_CHARS]
    if _PAGE.search(text) is None:
        return text
    words = " ".join(unescape(_INVISIBLE.sub(" ", text)).replace("<", " ").split())
    return words[:MAX_PAGE_TEXT_CHARS]
