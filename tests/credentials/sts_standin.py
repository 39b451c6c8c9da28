"""An STS that refuses as AWS does. Codes and texts: AWS STS API reference, and real answers of AWS."""

import base64
import json
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

from tests.credentials.http_server import Reply, Request, serving

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pipelines"
ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE"
AUDIENCE = "sts.amazonaws.com"
SUBJECT = "system:serviceaccount:polysync:worker"
EXTERNAL_ID = "polysync-4711"
BOOTSTRAP_KEY = "AKIABOOTSTRAP0000001"
BOOTSTRAP_SECRET = "bootstrap/PLANTED+secretkey000000000001"
MAX_SESSION_SECONDS = 7200

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


def identity_token(**claims: Any) -> str:
    """A token as a cluster's issuer makes it; its signature is not checked."""
    now = int(time.time())
    payload = {"iss": ISSUER, "aud": [AUDIENCE], "sub": SUBJECT, "iat": now, "exp": now + 3600, **claims}
    parts = [{"alg": "RS256", "kid": "1"}, payload]
    return ".".join([*(_encoded(json.dumps(part).encode()) for part in parts), _encoded(b"PLANTEDsignature")])


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Refusal(Exception):  # noqa: N818 — AWS's word
    """STS's answer to what it refuses."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


@dataclass
class Sts:
    """The stand-in; what it knows can be changed by a test."""

    url: str = ""
    issuers: dict[str, set[str]] = field(default_factory=lambda: {ISSUER: {AUDIENCE}})
    subjects: set[str] = field(default_factory=lambda: {SUBJECT})
    users: dict[str, str] = field(default_factory=lambda: {BOOTSTRAP_KEY: f"arn:aws:iam::{ACCOUNT}:user/bootstrap"})
    external_id: str | None = None
    lifetime: timedelta | None = None
    """How long sessions last, instead of what was asked for."""
    troubles: list[Reply] = field(default_factory=list)
    """Answers that come first, one a request."""
    calls: Counter[str] = field(default_factory=Counter)
    requests: list[dict[str, str]] = field(default_factory=list)
    sessions: dict[str, str] = field(default_factory=dict)
    """Key ids that were given out, with the session's ARN."""
    secrets: list[str] = field(default_factory=list)
    """Secret keys and tokens that were given out."""
    lock: Any = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Reply:
        """Answer one request."""
        with self.lock:
            form = request.form
            self.requests.append(form)
            action = form["Action"]
            self.calls[action] += 1
            if self.troubles:
                return self.troubles.pop(0)
            try:
                result = getattr(self, f"_{action}")(form, _key_id(request))
            except Refusal as refusal:
                return error(refusal.code, refusal.message, refusal.status)
            return Reply(
                f'<{action}Response xmlns="{_NAMESPACE}"><{action}Result>{result}</{action}Result><ResponseMetadata>'
                f"<RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{action}Response>",
                content_type="text/xml",
            )

    def _AssumeRoleWithWebIdentity(self, form: dict[str, str], _key: str) -> str:  # noqa: N802 — AWS's name
        _check_session(form)
        claims = json.loads(base64.urlsafe_b64decode(form["WebIdentityToken"].split(".")[1] + "=="))
        audiences = self.issuers.get(claims["iss"])
        if audiences is None:
            raise Refusal(
                "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {claims['iss']}"
            )
        if not audiences & set(claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]):
            raise Refusal("InvalidIdentityToken", "Incorrect token audience")
        now = int(time.time())
        if claims["exp"] <= now:
            raise Refusal(
                "ExpiredTokenException",
                f"Token expired: current date/time {now} must be before the expiration date/time {claims['exp']}",
            )
        if form["RoleArn"] != ROLE or claims["sub"] not in self.subjects:
            raise Refusal("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
        return self._session(form, most=MAX_SESSION_SECONDS)

    def _AssumeRole(self, form: dict[str, str], key: str) -> str:  # noqa: N802 — AWS's name
        caller = self._caller(key)
        _check_session(form)
        if form["RoleArn"] != ROLE or form.get("ExternalId") != self.external_id:
            raise Refusal(
                "AccessDenied",
                f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {form['RoleArn']}",
                403,
            )
        if key in self.sessions and int(form["DurationSeconds"]) > 3600:
            raise Refusal(
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
            )
        return self._session(form, most=MAX_SESSION_SECONDS)

    def _GetCallerIdentity(self, _form: dict[str, str], key: str) -> str:  # noqa: N802 — AWS's name
        arn = self._caller(key)
        return f"<Arn>{arn}</Arn><UserId>AIDAEXAMPLE</UserId><Account>{arn.split(':')[4]}</Account>"

    def _caller(self, key: str) -> str:
        known = self.users | self.sessions
        if key not in known:
            raise Refusal("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        return known[key]

    def _session(self, form: dict[str, str], *, most: int) -> str:
        asked = int(form.get("DurationSeconds", 3600))
        if asked > most:
            raise Refusal(
                "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            )
        number = len(self.sessions) + 1
        key = f"ASIASESSION{number:09}"
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/pipelines/{form['RoleSessionName']}"
        self.sessions[key] = arn
        secret, token = f"PLANTEDsessionsecret{number:06}", f"PLANTEDsessiontoken{number:06}=="
        self.secrets += [secret, token]
        expiration = datetime.now(UTC) + (self.lifetime or timedelta(seconds=asked))
        return (
            f"<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>"
            f"<SessionToken>{token}</SessionToken><Expiration>{expiration:%Y-%m-%dT%H:%M:%SZ}</Expiration></Credentials>"
            f"<AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>AROAEXAMPLE:{form['RoleSessionName']}</AssumedRoleId>"
            "</AssumedRoleUser>"
        )


def error(code: str, message: str, status: int = 400) -> Reply:
    """An error as STS writes it."""
    kind = "Sender" if status < 500 else "Receiver"
    return Reply(
        f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>{kind}</Type><Code>{code}</Code>'
        f"<Message>{escape(message)}</Message></Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>",
        status,
        "text/xml",
    )


def _check_session(form: dict[str, str]) -> None:
    name = form["RoleSessionName"]
    if len(name) > 64:
        raise Refusal(
            "ValidationError",
            f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: Member "
            "must have length less than or equal to 64",
        )
    if not 900 <= int(form.get("DurationSeconds", 3600)) <= 43200:
        raise Refusal("ValidationError", "1 validation error detected: Value at 'durationSeconds' failed to satisfy")


def _key_id(request: Request) -> str:
    match = re.search(r"Credential=([^/]+)/", request.headers.get("Authorization", ""))
    return match[1] if match else ""


@contextmanager
def sts_standin() -> Iterator[Sts]:
    """A running STS."""
    sts = Sts()
    with serving(sts.answer) as sts.url:
        yield sts
