"""How a command ends: its exit codes, and the errors that are printed as a sentence instead of a traceback."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the command, stable: scripts branch on them."""

    SUCCESS = 0
    RUN_FAILED = 1
    USAGE = 2
    """Wrong use, or an input that cannot be run."""
    CANNOT_CONNECT = 3
    CANCELLED = 4
    INTERRUPTED = 130
    """Ctrl-C: 128 and the number of SIGINT, as shells have it."""
    TERMINATED = 143
    """SIGTERM, of a command that takes it: 128 and its number."""


class CommandError(Exception):
    """Something that the person at the terminal can mend; the text says how."""

    def __init__(self, text: str, code: ExitCode = ExitCode.USAGE) -> None:
        """Take the text to show and the exit code to end with."""
        super().__init__(text)
        self.code = code
