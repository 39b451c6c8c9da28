"""Serves metrics in a process of its own whose file descriptors run out for as long as stdin says."""

import asyncio
import resource
import sys

from worker.observability.prometheus import metrics_endpoint

FILES = 80


def say(line: str) -> None:
    """Write a line to stdout."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main() -> None:
    """Serve, take all file descriptors at the first line of stdin, and give them back at the second."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    async with metrics_endpoint(sys.argv[1]):
        say("serving")
        await asyncio.to_thread(sys.stdin.readline)
        taken = []
        try:
            while True:
                taken.append(open("/dev/null"))  # noqa: ASYNC230, PTH123, SIM115 — taken until they are given back
        except OSError:
            say("exhausted")
        await asyncio.to_thread(sys.stdin.readline)
        for file in taken:
            file.close()
        say("freed")
        await asyncio.to_thread(sys.stdin.readline)


asyncio.run(main())
