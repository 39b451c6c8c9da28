"""Clients of moto's server."""

import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3

REGION = "us-east-1"
ACCOUNT = "123456789012"
"""Of moto."""


@dataclass(frozen=True)
class Moto:
    """Where the server is."""

    url: str

    def is_up(self) -> bool:
        """Whether it listens."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", urlsplit(self.url).port or 0)) == 0

    def client(self, service: str) -> Any:
        """An unchanged client of one of its services."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def queue_url(self, name: str) -> str:
        """The URL of a queue."""
        return f"{self.url}/{ACCOUNT}/{name}"
