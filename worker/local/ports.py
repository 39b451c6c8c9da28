"""TCP ports on this machine for the embedded stack."""

import random
import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"

# Below Linux's range for outgoing connections (32768 and up): a client that keeps trying a server which is being
# restarted could otherwise be given the server's own port, and hold it.
_CANDIDATES: Final = range(20_000, 32_000)
_TRIES: Final = 100


def free_port(preferred: int = 0) -> int:
    """Find a port that is not in use: the preferred one if possible, else any.

    Another program may take it before it is used; the process that wanted it then ends and says so in its log.

    Raises:
        OSError: None was found.
    """
    others = random.SystemRandom().sample(_CANDIDATES, _TRIES)
    for port in [preferred, *others] if preferred else others:
        with socket.socket() as probe:
            # As servers do: a port whose last connections are still closing is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free TCP port found on {LOOPBACK}")
