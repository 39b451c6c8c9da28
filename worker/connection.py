"""The connection to Temporal, configured as every Temporal program is: TEMPORAL_* variables and TOML profiles."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Final

from temporalio.client import Client, HeaderCodecBehavior, Interceptor
from temporalio.converter import DataConverter
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime
from temporalio.service import GrpcCompression, RPCError

from activities.retrying import retrying

DEFAULT_ADDRESS: Final = "localhost:7233"
CONNECT_TIMEOUT_SECONDS: Final = 10.0


class CannotConnectError(Exception):
    """Temporal cannot be reached; the text names the address and what to check."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        """Take what is wrong, and what to do about it."""
        super().__init__(f"{problem} {remedy}".strip())
        self.problem = problem
        self.remedy = remedy


_NO_SERVER: Final = (RuntimeError, RPCError, TimeoutError)
"""What the SDK raises where no server answers."""


async def connect(
    data_converter: DataConverter,
    *,
    overrides: Mapping[str, str] | None = None,
    attempts_for: float = 0.0,
    runtime: Runtime | None = None,
    interceptors: Sequence[Interceptor] = (),
) -> Client:
    """Connect to Temporal.

    Args:
        data_converter: What reads and writes payloads (`worker.encryption.data_converter`).
        overrides: Values that win over the profile and the environment: `target_host`, `namespace`.
        attempts_for: Seconds for which a refused connection is tried again, for a worker that starts with its server.
        runtime: Carries the SDK's metrics; the process's default one if left out.
        interceptors: Of the client, and of its workers where they are a worker's as well.

    Raises:
        CannotConnectError: No server answered, or the configuration is not valid.
    """
    try:
        config = {"target_host": DEFAULT_ADDRESS, **ClientConfig.load_client_connect_config(), **(overrides or {})}
    except (RuntimeError, ValueError, TypeError) as error:
        raise CannotConnectError(f"Temporal's configuration cannot be read: {error}") from error
    give_up_at = asyncio.get_running_loop().time() + attempts_for

    async def connected() -> Client:
        async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
            return await Client.connect(
                **config,  # type: ignore[arg-type]
                data_converter=data_converter,
                runtime=runtime,
                interceptors=interceptors,
                # As the .NET SDK does: it encrypts the header of a trace wherever it encrypts anything.
                header_codec_behavior=HeaderCodecBehavior.CODEC,
                # Nearly all requests are heartbeats of some hundred bytes, which the SDK would compress one by one.
                grpc_compression=GrpcCompression.NONE,
            )

    def pause(error: Exception, _: int) -> float | None:
        is_late = asyncio.get_running_loop().time() >= give_up_at
        return None if is_late or not isinstance(error, _NO_SERVER) else 1.0

    try:
        return await retrying(connected, pause)
    except _NO_SERVER as error:
        raise CannotConnectError(
            f"No Temporal server answers at {config['target_host']} ({_cause(error)}).",
            "Start one (for example 'polysync-sagemaker local') or set TEMPORAL_ADDRESS.",
        ) from error


def _cause(error: Exception) -> str:
    # The SDK's core wraps the operating system's message into the debug output of four Rust types.
    found = re.search(r'message: "([^"]+)"', str(error))
    return found.group(1) if found else (str(error)[:200] or type(error).__name__)
