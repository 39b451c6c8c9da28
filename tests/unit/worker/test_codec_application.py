"""The codec server's application without a network: what runs on its event loop, and what one body may hold."""

import asyncio
import json
import threading
from collections.abc import Sequence
from typing import Any, Final

import pytest
from google.protobuf import json_format
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from tests.waits import PATIENCE_SECONDS
from worker.codec_server.application import CodecServer
from worker.codec_server.payloads import MAX_VALUES, THREADS

PAYLOAD: Final = {"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "ImEi"}


class Codec(PayloadCodec):
    """Changes nothing, and does not end before it may.

    Attributes:
        may_end: When it does.
        threads: In which threads it ran.
    """

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.threads: list[threading.Thread] = []

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Change nothing."""
        return await self.decode(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Change nothing."""
        self.threads.append(threading.current_thread())
        # The event loop itself must not wait, or the test would only end with its patience.
        on_the_loop = threading.current_thread() is threading.main_thread()
        assert on_the_loop or self.may_end.wait(PATIENCE_SECONDS)
        return list(payloads)


@pytest.fixture
def codec() -> Codec:
    """A codec that waits."""
    return Codec()


@pytest.fixture
def server(codec: Codec) -> Any:
    """The application, for everyone."""
    return CodecServer(codec, [], []).application()


async def asked(server: Any, path: str, body: bytes = b"", method: str = "POST") -> tuple[int, str]:
    """Status and body of an answer."""
    sent: list[Any] = []
    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b""}

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await server(scope, receive, send)
    content = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], content.decode()


@pytest.mark.parametrize("path", ["/encode", "/decode"])
async def test_health_is_answered_while_payloads_are_transformed(
    server: Any, codec: Codec, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """More of them than there are threads; nothing of it runs on the event loop."""
    steps: list[threading.Thread] = []
    for name in ("Parse", "MessageToJson"):
        monkeypatch.setattr(json_format, name, _noted(getattr(json_format, name), steps))
    body = json.dumps({"payloads": [PAYLOAD]}).encode()
    under_way = [asyncio.create_task(asked(server, path, body)) for _ in range(THREADS + 1)]
    for _ in range(int(PATIENCE_SECONDS / 0.01)):
        if codec.threads:
            break
        await asyncio.sleep(0.01)
    assert await asked(server, "/healthz", method="GET") == (200, "ok")
    codec.may_end.set()
    answers = await asyncio.gather(*under_way)
    assert [(code, json.loads(text)) for code, text in answers] == [(200, {"payloads": [PAYLOAD]})] * (THREADS + 1)
    assert threading.main_thread() not in [*codec.threads, *steps]
    assert len({thread.ident for thread in steps}) <= THREADS


def _noted(function: Any, threads: list[threading.Thread]) -> Any:
    def noted(*arguments: Any, **options: Any) -> Any:
        threads.append(threading.current_thread())
        return function(*arguments, **options)

    return noted


@pytest.mark.parametrize("element", ["{}", '{"metadata":{"a":""}}', "[]", '{"later":[1,2,3]}'])
async def test_a_body_with_too_many_values_is_refused_before_it_is_parsed(
    server: Any, codec: Codec, monkeypatch: pytest.MonkeyPatch, element: str
) -> None:
    """Whatever they are."""
    parsed: list[threading.Thread] = []
    monkeypatch.setattr(json_format, "Parse", _noted(json_format.Parse, parsed))
    code, text = await asked(server, "/decode", f'{{"payloads":[{",".join([element] * MAX_VALUES)}]}}'.encode())
    assert code == 413
    assert f"at most {MAX_VALUES} JSON values" in text
    assert (parsed, codec.threads) == ([], [])


async def test_a_long_history_is_taken(server: Any, codec: Codec) -> None:
    """Ten thousand payloads, which no event of a history has."""
    codec.may_end.set()
    body = json.dumps({"payloads": [PAYLOAD] * 10_000}).encode()
    code, text = await asked(server, "/decode", body)
    assert (code, len(json.loads(text)["payloads"])) == (200, 10_000)
