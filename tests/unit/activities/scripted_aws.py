"""An HTTP server that gives the answers of a script, for what an unchanged boto3 makes of them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platform, Platforms

REQUEST_ID = "5d4c1a4e-0000-4000-8000-000000000001"
ARN = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn/execution/abcdef123456"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    body: str = "{}"
    status: int = 200
    content_type: str = "application/x-amz-json-1.1"


def refusal(code: str, message: str, status: int = 400) -> Answer:
    """An error as AWS writes it."""
    return Answer(json.dumps({"__type": code, "message": message}), status)


def reply(**members: Any) -> Answer:
    """A response as AWS writes it."""
    return Answer(json.dumps(members))


@dataclass
class ScriptedAws:
    """AWS as a script has it; `requests` are the operations and inputs that came, `signed_with` their access keys.

    Attributes:
        date: What the answers say of the time; None for this machine's clock.
    """

    url: str = ""
    script: list[Answer] = field(default_factory=list)
    requests: list[tuple[str, Any]] = field(default_factory=list)
    signed_with: list[str] = field(default_factory=list)
    date: str | None = None

    def calls(self) -> SageMakerCalls:
        """What reaches this server, on the platform `default`."""
        return SageMakerCalls(Platforms([self.platform]), threads=4)

    @property
    def platform(self) -> Platform:
        """The platform that this server is."""
        return Platform(region="us-east-1", endpoint_url=self.url, poll_interval=7, heartbeat_timeout=8)

    @property
    def operations(self) -> list[str]:
        """The operations that were called, in their order."""
        return [operation for operation, _ in self.requests]


@contextmanager
def scripted_aws() -> Iterator[ScriptedAws]:
    """A server on this machine for the time of the block."""
    aws = ScriptedAws()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            aws.requests.append((self.headers["X-Amz-Target"].removeprefix("SageMaker."), json.loads(body)))
            aws.signed_with.append(self.headers["Authorization"].partition("Credential=")[2].partition("/")[0])
            answer = aws.script.pop(0)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body.encode())))
            self.send_header("x-amzn-RequestId", REQUEST_ID)
            self.end_headers()
            self.wfile.write(answer.body.encode())

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(timestamp) if aws.date is None else aws.date

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    aws.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield aws
    finally:
        server.shutdown()
        server.server_close()
