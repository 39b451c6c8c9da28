"""Builds the images and runs the stack in a container engine of its own, and removes everything afterwards.

Needs root, Debian's packages and Python's package index; nothing is installed on the machine. Exit codes: 0 all of it
was seen, 1 something was not, 77 there can be no engine here (the last line says why).
"""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

from tests.deploy.image import checks
from tests.deploy.image.base_image import make_base_image
from tests.deploy.image.commands import FailedError, report, run, side_by_side
from tests.deploy.image.engine import CannotStartError, Engine
from tests.deploy.image.stack import Stack, clone_under_umask
from tests.deploy.image.traces import Traces

SOURCE: Final = Path(__file__).parents[3]
BASE_IMAGE: Final = "python:3.13-slim-bookworm"
SKIPPED: Final = 77
"""As automake's tests say it."""


def main() -> int:
    """Run the whole test and return the exit code."""
    argparse.ArgumentParser(
        prog="make image-test", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    folder = Path(tempfile.mkdtemp(prefix="image-test-"))
    # Containers' users look into the clone.
    folder.chmod(0o755)
    before = Traces.of(folder)
    try:
        observe(folder)
    except CannotStartError as error:
        report(f"skipped: {error}")
        return SKIPPED
    except FailedError as error:
        report(f"FAILED: {error}")
        return 1
    finally:
        # `rm` is quicker than Python's rmtree with so many small files.
        run(["rm", "-rf", str(folder)])
    if left := Traces.of(folder).differences(before):
        report(f"FAILED: the engine leaves traces: {'; '.join(left)}")
        return 1
    report("everything is gone: no container, interface, mount, firewall rule, control group or file is left")
    return 0


def observe(folder: Path) -> None:
    """Make engine, images and stack, and check one statement after the other."""
    engine = Engine(folder)
    engine.unpack()
    clone = folder / "clone"
    report(f"clone of {clone_under_umask(SOURCE, clone)}")
    with engine:
        make_base_image(engine, BASE_IMAGE)
        stack = Stack(engine, clone)
        checks.a_clone_under_umask_077_ends_with_a_message(stack, clone)
        checks.the_stack_comes_up(stack)
        side_by_side(
            *(partial(checks.our_containers_have_no_rights, stack, service) for service in checks.LIMITS),
            partial(checks.the_platform_is_checked, stack),
        )
        checks.the_standin_is_restarted(stack)
        side_by_side(
            partial(checks.a_run_succeeds, stack),
            partial(checks.a_run_is_cancelled, stack),
            partial(checks.a_batch_job_stops_its_run_on_sigterm, stack),
        )
        checks.open_runs_outlive_sigterm_and_restarts(stack)
        checks.the_stack_goes_down(stack)


if __name__ == "__main__":
    sys.exit(main())
