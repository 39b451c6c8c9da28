"""Addresses to listen on."""

import ipaddress
from typing import Annotated, Final

from pydantic import AfterValidator

HIGHEST_PORT: Final = 65_535


def split_address(address: str) -> tuple[str, int]:
    """Split `127.0.0.1:8081` or `[::1]:8081` into IP address and port.

    Raises:
        ValueError: It is neither.
    """
    host, separator, port = address.rpartition(":")
    try:
        ip = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        bracketed = host.startswith("[") and host.endswith("]")
        if separator and bracketed == (ip.version == 6) and 1 <= int(port) <= HIGHEST_PORT:  # noqa: PLR2004 — IPv6
            return str(ip), int(port)
    except ValueError:
        pass
    raise ValueError("must be an IP address and a port, such as 0.0.0.0:8081 or [::]:8081")


def _checked(address: str) -> str:
    split_address(address)
    return address


SocketAddress = Annotated[str, AfterValidator(_checked)]
"""IP address and port of a TCP socket; a name could mean several."""
