"""Runs a command that ends when the process that started it does, even if that one is killed with SIGKILL.

The command handles signals by default, also where the starter ignores them: a shell without job control starts what it
puts into the background with SIGINT ignored (POSIX, "Signals and Error Handling" of the shell).

`python -m worker.local.tether COMMAND [ARGUMENT …]`. Linux can do that; elsewhere the command just runs, and only a
starter that ends in an orderly way takes it along.
"""

import ctypes
import os
import signal
import sys

# linux/prctl.h
_PR_SET_PDEATHSIG = 1
# An ignored signal stays ignored through exec (POSIX); these are the ones that ask a process to end.
_DEFAULT_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP)


def main() -> None:
    """Become the command."""
    starter = os.getppid()
    if sys.platform == "linux":
        # The setting survives the exec below. It follows the thread that started this process: start from the main one.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != starter:
            sys.exit("tether: the starter has ended already")
    for number in _DEFAULT_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 — the command is what this module is asked to run


if __name__ == "__main__":
    main()
