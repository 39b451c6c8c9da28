"""The codec server over HTTP: whom it lets in, what it refuses, and what it never tells."""

import base64
import json
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from typer.testing import CliRunner

from tests.credentials.certificates import Authority
from tests.credentials.http_server import Reply, serving
from tests.encryption.stack import KEY, TOKEN, CodecProcess, codec_server
from tests.encryption.test_codec import VECTOR
from worker.cli.app import app
from worker.cli.outcome import CommandError
from worker.codec_server.connections import HEAD_WITHIN_SECONDS, MAX_CONNECTIONS

ORIGIN: Final = "https://temporal.example.com"
ISSUER: Final = "https://login.example.com"
AUDIENCE: Final = "temporal-ui"
KEYS: Final = {"POLYSYNC_SAGEMAKER_ENCRYPTION_KEYS": "a=env://KEY_A", "KEY_A": KEY, "CODEC_TOKEN": TOKEN}
PLAIN: Final = {"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": base64.b64encode(b'"PLANTED-secret"').decode()}
SIGNING_KEY: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGE_KEY: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
BEARER: Final = {"authorization": f"Bearer {TOKEN}"}


def asked(
    url: str, body: object = None, headers: Mapping[str, str] | None = None, *, method: str = "POST", **options: Any
) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers of an answer; the body goes out as JSON unless it is bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
    request = Request(url, data, {"content-type": "application/json", **(headers or {})}, method=method)  # noqa: S310 — ours
    try:
        with urlopen(request, timeout=20, **options) as response:  # noqa: S310 — ours
            return response.status, response.read().decode(), dict(response.headers.items())
    except HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers.items())


@pytest.fixture(scope="module")
def jwks_url() -> Iterator[str]:
    """An identity provider's keys, where it publishes them."""
    published = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(SIGNING_KEY.public_key()))
    body = json.dumps({"keys": [{**published, "kid": "1", "use": "sig", "alg": "RS256"}]})
    with serving(lambda _: Reply(body)) as url:
        yield url


@pytest.fixture(scope="module")
def server(jwks_url: str) -> Iterator[CodecProcess]:
    """A codec server with both kinds of authentication."""
    with codec_server(
        KEYS,
        *("--token", "env://CODEC_TOKEN", "--allow-origin", ORIGIN),
        *("--jwks-url", jwks_url, "--issuer", ISSUER, "--audience", AUDIENCE),
    ) as running:
        yield running


def access_token(key: Any = SIGNING_KEY, algorithm: str = "RS256", **claims: object) -> str:
    """What the provider gives a person who has logged in."""
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "ada@example.com",
        "exp": datetime.now(UTC) + timedelta(minutes=5),
        **claims,
    }
    kept = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm, headers={"kid": "1"})


def test_encodes_and_decodes_at_any_path(server: CodecProcess) -> None:
    """Only the end of the path counts; JSON is proto3's."""
    code, body, _ = asked(f"{server.url}/encode", {"payloads": [PLAIN]}, BEARER)
    assert code == 200
    encoded = json.loads(body)
    assert base64.b64decode(encoded["payloads"][0]["metadata"]["encoding"]) == b"binary/encrypted"
    code, body, _ = asked(f"{server.url}/ml/codec/decode", encoded, {**BEARER, "x-namespace": "ml"})
    assert (code, json.loads(body)) == (200, {"payloads": [PLAIN]})


def test_one_payload_that_does_not_decrypt_spoils_no_others(server: CodecProcess) -> None:
    """It stays as it is, with the reason, which the Web UI shows."""
    metadata = {"encoding": "YmluYXJ5L2VuY3J5cHRlZA==", "encryption-key-id": base64.b64encode(b"gone").decode()}
    strange = {"metadata": metadata, "data": base64.b64encode(bytes.fromhex(VECTOR["tag_last"])).decode()}
    _, body, _ = asked(f"{server.url}/decode", {"payloads": [strange, PLAIN]}, BEARER)
    first, second = json.loads(body)["payloads"]
    assert second == PLAIN
    assert first["data"] == strange["data"]
    assert b"under the key 'gone'" in base64.b64decode(first["metadata"]["decryption-problem"])


def test_lets_people_in_whom_the_provider_knows(server: CodecProcess) -> None:
    """As the Web UI passes their access token on."""
    code, _, headers = asked(
        f"{server.url}/decode",
        {"payloads": [PLAIN]},
        {"authorization": f"Bearer {access_token()}", "origin": ORIGIN, "x-namespace": "ml"},
    )
    assert (code, headers["access-control-allow-origin"]) == (200, ORIGIN)


STRANGE_AUTHORIZATIONS = {
    "none": None,
    "empty": "",
    "no token": "Bearer",
    "another scheme": f"Basic {TOKEN}",
    "a longer token": f"Bearer {TOKEN}x",
    "no ASCII": "Bearer täken",
    "expired": f"Bearer {access_token(exp=1)}",
    "without end": f"Bearer {access_token(exp=None)}",
    "another issuer": f"Bearer {access_token(iss='https://evil.example.com')}",
    "another audience": f"Bearer {access_token(aud='another-application')}",
    "no audience": f"Bearer {access_token(aud=None)}",
    "no subject": f"Bearer {access_token(sub=None)}",
    "a strange key": f"Bearer {access_token(key=STRANGE_KEY)}",
    "another algorithm": f"Bearer {access_token(key=ec.generate_private_key(ec.SECP256R1()), algorithm='ES256')}",
    "a shared secret": f"Bearer {access_token(key='x' * 64, algorithm='HS256')}",
    "unsigned": f"Bearer {access_token(key=None, algorithm='none')}",
}


# By name: the tokens have the time in them, and pytest-xdist's processes must find the same tests.
@pytest.mark.parametrize("authorization", STRANGE_AUTHORIZATIONS.values(), ids=STRANGE_AUTHORIZATIONS.keys())
def test_lets_nobody_else_in(server: CodecProcess, authorization: str | None) -> None:
    """Whatever is wrong with what came; the answer does not tell what."""
    headers = {} if authorization is None else {"authorization": authorization}
    code, body, told = asked(f"{server.url}/decode", {"payloads": [PLAIN]}, headers)
    assert (code, body, told["www-authenticate"]) == (401, "a valid bearer token is needed", "Bearer")


def test_only_the_web_uis_pages_may_ask(server: CodecProcess) -> None:
    """CORS names the one origin; a page from elsewhere is refused even with a good token."""
    wanted = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,x-namespace"}
    code, _, headers = asked(f"{server.url}/decode", None, {**wanted, "origin": ORIGIN}, method="OPTIONS")
    assert (code, headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert {"authorization", "x-namespace"} <= set(headers["access-control-allow-headers"].lower().split(", "))
    code, _, headers = asked(f"{server.url}/decode", None, {**wanted, "origin": "https://evil.com"}, method="OPTIONS")
    assert (code, headers.get("access-control-allow-origin")) == (400, None)
    code, body, headers = asked(f"{server.url}/decode", {"payloads": [PLAIN]}, {**BEARER, "origin": "https://evil.com"})
    assert (code, body, headers.get("access-control-allow-origin")) == (403, "this origin is not allowed", None)


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b"PLANTED-secret", {}, 400),
        (b'{"payloads": [{"data": "not base64!"}]}', {}, 400),
        (b'{"payloads": 1}', {}, 400),
        (b"\xff", {}, 400),
        (b'{"payloads": []}', {"content-type": "text/plain"}, 415),
        (b" " * (8 * 1024 * 1024 + 1), {}, 413),
    ],
)
def test_bodies_that_are_none_are_refused_in_plain_text(
    server: CodecProcess, body: bytes, headers: Mapping[str, str], code: int
) -> None:
    """The Web UI would take JSON for payloads; the body is not repeated."""
    found, told, answered = asked(f"{server.url}/decode", body, {**BEARER, **headers})
    assert found == code
    assert answered["content-type"].startswith("text/plain")
    assert "PLANTED" not in told


def test_fields_of_later_versions_are_ignored(server: CodecProcess) -> None:
    """A newer Web UI must not be locked out."""
    code, body, _ = asked(f"{server.url}/decode", {"payloads": [{**PLAIN, "later": 1}], "more": {}}, BEARER)
    assert (code, json.loads(body)) == (200, {"payloads": [PLAIN]})


def test_health_needs_no_token(server: CodecProcess) -> None:
    """And tells nothing but that it lives."""
    assert asked(f"{server.url}/healthz", method="GET")[:2] == (200, "ok")


def test_silent_connections_keep_nobody_out(server: CodecProcess) -> None:
    """Half a head is as silent as none, and more bytes of it win no time: the connection is closed."""
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(MAX_CONNECTIONS + 50)]
    for connection in silent[::2]:
        with suppress(ConnectionError):
            connection.sendall(b"POST /decode HTTP/1.1\r\nhost: x\r\n")
    assert asked(f"{server.url}/healthz", method="GET")[:2] == (200, "ok")
    assert asked(f"{server.url}/encode", {"payloads": [PLAIN]}, BEARER)[0] == 200
    youngest = silent[-1]
    deadline = time.monotonic() + HEAD_WITHIN_SECONDS + 20
    youngest.settimeout(0.5)
    while time.monotonic() < deadline:
        try:
            youngest.sendall(b"x: y\r\n")
            if youngest.recv(1) == b"":
                break
        except TimeoutError:
            continue
        except ConnectionError:
            break
    assert time.monotonic() < deadline
    for connection in silent:
        connection.close()


def test_a_connection_may_bring_one_request_after_the_other(server: CodecProcess) -> None:
    """The limit is of silence, and not of a connection's age."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    for _ in range(3):
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b"ok"
    connection.close()


def test_serves_over_tls_and_ends_cleanly(tmp_path: Path) -> None:
    """With a certificate; logs tell who asked for how many payloads, and nothing of what is in them."""
    authority = Authority(tmp_path)
    chain = str(tmp_path / "server.pem")
    options = ("--tls-cert", chain, "--tls-key", chain, "--token", "env://CODEC_TOKEN")
    with codec_server(KEYS, *options) as running:
        trusted = ssl.create_default_context(cafile=str(authority.bundle))
        headers = {**BEARER, "x-namespace": "ml"}
        code, _, _ = asked(f"{running.url}/encode", {"payloads": [PLAIN, PLAIN]}, headers, context=trusted)
        ended, events = running.end()
    assert (code, ended, running.started["tls"]) == (200, 0, True)
    told = [{name: event.get(name) for name in ("event", "payloads", "namespace", "caller")} for event in events]
    assert told == [{"event": "payloads.encoded", "payloads": 2, "namespace": "ml", "caller": "token"}]
    assert "PLANTED" not in json.dumps(events)


@pytest.mark.parametrize("reply", [Reply(status=500), Reply("<html>", content_type="text/html")])
def test_a_provider_that_does_not_answer_is_told(reply: Reply) -> None:
    """Nobody is let in by it, and the token still works."""
    with serving(lambda _: reply) as url:
        login = ("--jwks-url", url, "--issuer", ISSUER, "--audience", AUDIENCE)
        with codec_server(KEYS, "--token", "env://CODEC_TOKEN", *login) as running:
            headers = {"authorization": f"Bearer {access_token()}"}
            code, _, _ = asked(f"{running.url}/decode", {"payloads": [PLAIN]}, headers)
            by_token, _, _ = asked(f"{running.url}/decode", {"payloads": [PLAIN]}, BEARER)
    assert (code, by_token) == (503, 200)


def refused(*options: str, environment: Mapping[str, str]) -> tuple[int, str]:
    """How the command ends, which must not serve."""
    ended = CliRunner().invoke(app, ["codec-server", *options], env=dict(environment))
    assert isinstance(ended.exception, CommandError), ended.output
    return ended.exception.code, str(ended.exception)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "give --token or --jwks-url"),
        (("--without-authentication", "--host", "0.0.0.0"), "--without-authentication is for a loopback --host"),  # noqa: S104 — refused
        (("--without-authentication", "--token", "env://CODEC_TOKEN"), "without --token"),
        (("--token", "env://SHORT"), "must have at least 32 characters"),
        (("--token", TOKEN), "must be a reference env://"),
        (("--token", "file:///no/such/file"), "cannot be read"),
        (("--jwks-url", "https://login.example.com/keys"), "belong together"),
        (("--audience", "x"), "belong together"),
        (("--jwks-url", "http://login.example.com/", "--issuer", "i", "--audience", "a"), "must be an https:// URL"),
        (("--without-authentication", "--allow-origin", "*"), "--allow-origin must be the Web UI's address"),
        (("--without-authentication", "--tls-cert", "c.pem"), "--tls-cert and --tls-key belong together"),
    ],
)
def test_refuses_to_start_where_it_would_be_open(options: tuple[str, ...], told: str) -> None:
    """Exit 2 with the remedy, and no secret in the text."""
    code, errors = refused(*options, environment={**KEYS, "SHORT": "hunter2"})
    assert code == 2
    assert told in errors
    assert not any(secret in errors for secret in (TOKEN, KEY, "hunter2", "Traceback"))


def test_refuses_to_start_without_keys() -> None:
    """There is nothing that it could decrypt."""
    code, errors = refused("--without-authentication", environment={})
    assert code == 2
    assert "There are no keys: set POLYSYNC_SAGEMAKER_ENCRYPTION_KEYS as for the worker." in errors
