"""Makes the pictures of `docs/pictures` on the embedded stack: `make pictures`.

It needs chromium and a font with emoji (Debian: `apt install chromium fonts-noto-color-emoji`).
"""

import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, expect, sync_playwright
from rich.console import Console
from rich.text import Text

FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures"
COMMAND: Final = str(Path(sys.executable).parent / "polysync-sagemaker")
RUN: Final = "churn-training-2026-11-26"
STEP_RUN: Final = "nightly-scoring-2026-11-26"
APPROVAL_RUN: Final = "churn-training-2026-11-27"
SCHEDULE: Final = "nightly"
NIGHTS: Final = 4
FAILURE: Final = "AlgorithmError: ModuleNotFoundError: No module named 'xgboost', exit code 1"
COLUMNS: Final = 118
OFFLINE: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@contextmanager
def embedded_stack() -> Iterator[dict[str, str]]:
    """Run `polysync-sagemaker local` and yield the environment with which commands find it."""
    command = [COMMAND, "local", "--json", "--clock-scale=60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 — our own command
        try:
            assert process.stdout is not None
            text = ""
            for line in process.stdout:
                text += line
                if line == "}\n":
                    break
            yield {**os.environ, **json.loads(text)["environment"]}
        finally:
            process.terminate()


def in_a_terminal(arguments: list[str], environment: Mapping[str, str]) -> str:
    """Run the command in a pseudo-terminal and return what it printed, with its colours."""
    control, terminal = pty.openpty()
    command = [COMMAND, *arguments]
    with subprocess.Popen(  # noqa: S603 — our own command
        command, stdin=terminal, stdout=terminal, stderr=terminal, env={**environment, "COLUMNS": str(COLUMNS)}
    ):
        os.close(terminal)
        printed = bytearray()
        try:
            while block := os.read(control, 65536):
                printed += block
        except OSError:
            pass  # Linux reports the end of a pseudo-terminal as an input/output error
    os.close(control)
    return printed.decode()


def draw_terminal(page: Page, arguments: list[str], printed: str) -> None:
    """Draw a command with what it printed as a terminal window."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.assemble(("$ ", "dim"), " ".join(["polysync-sagemaker", *arguments])))
    console.print(Text.from_ansi(re.sub(r"\r\n", "\n", printed).rstrip()))
    page.set_content(console.export_svg(title="polysync-sagemaker status"))
    page.locator("svg").first.screenshot(path=FOLDER / "terminal.png")


def draw_web_ui(page: Page, environment: Mapping[str, str], run: str, text: str, picture: str) -> None:
    """Draw a run's page in Temporal's Web UI, once it shows a text."""
    shown = subprocess.run([COMMAND, "status", run, "--json"], env=environment, capture_output=True, check=True)  # noqa: S603 — our own command
    ui_url, run_id = environment["POLYSYNC_SAGEMAKER_UI_URL"], json.loads(shown.stdout)["workflow_run_id"]
    page.set_viewport_size({"width": 1500, "height": 1100})
    page.goto(f"{ui_url}/namespaces/default/workflows/{run}/{run_id}/user-metadata")
    expect(page.frame_locator("iframe").last.get_by_text(text).first).to_be_visible(timeout=30_000)
    page.screenshot(path=FOLDER / picture)


def start_gates(environment: Mapping[str, str]) -> None:
    """Start a run that waits for an answer to a step, and one that waits for an approval."""
    scoring = [
        "nightly-scoring",
        "-p",
        "ScoringDate=2026-11-26",
        "-p",
        "AwaitWarehouse=true",
        "-p",
        "ScoringSeconds=30",
    ]
    training = ["churn-training", "-p", "TrainingSeconds=30", "--wait-for-approval"]
    for run, options in ((STEP_RUN, [*scoring, "--ask", "AwaitWarehouseLoad"]), (APPROVAL_RUN, training)):
        command = [COMMAND, "run", *options, "--workflow-id", run, "--detach"]
        subprocess.run(command, env=environment, check=True)  # noqa: S603 — our own command
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        listed = subprocess.run([COMMAND, "approvals", "--json"], env=environment, capture_output=True, check=True)  # noqa: S603 — our own command
        if len(json.loads(listed.stdout)) == len((STEP_RUN, APPROVAL_RUN)):
            return
        time.sleep(1)
    raise TimeoutError("the runs do not wait")


def apply_schedule(environment: Mapping[str, str]) -> None:
    """Apply a schedule and run the last nights, each with its date."""

    def schedule(*arguments: str) -> str:
        command = [COMMAND, "schedule", *arguments]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 — our own command
        return str(ended.stdout)

    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    date = ["-p", "ScoringDate={scheduled_time:%Y-%m-%d}", "-p", "ScoringSeconds=30"]
    schedule("apply", SCHEDULE, "nightly-scoring", "--when", "cron(0 2 * * ? *)", "--time-zone", "Europe/Berlin", *date)
    nights = ["--from", str(today - timedelta(days=NIGHTS)), "--to", str(today)]
    # The embedded server keeps closed runs for a day, so that nothing could say which nights are missing.
    schedule("backfill", SCHEDULE, *nights, "--all", "--overlap", "allow-all")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        runs = json.loads(schedule("show", SCHEDULE, "--json"))["last"]
        if [run["status"] for run in runs] == ["Success"] * NIGHTS:
            return
        time.sleep(1)
    raise TimeoutError("the nights are not over")


def draw_schedule(page: Page, environment: Mapping[str, str]) -> None:
    """Draw the page of a schedule in Temporal's Web UI, once it shows the last night."""
    page.set_viewport_size({"width": 1500, "height": 1100})
    page.goto(f"{environment['POLYSYNC_SAGEMAKER_UI_URL']}/namespaces/default/schedules/{SCHEDULE}")
    expect(page.get_by_text(re.compile(rf"{SCHEDULE}-\d{{4}}-")).first).to_be_visible(timeout=30_000)
    page.screenshot(path=FOLDER / "web-ui-schedule.png")


def main() -> None:
    """Make all pictures."""
    FOLDER.mkdir(exist_ok=True)
    chromium = shutil.which("chromium")
    with embedded_stack() as environment, sync_playwright() as playwright:
        options = ["-p", f"TrainingFailure={FAILURE}", "-p", "AucThreshold=0.85", "--workflow-id", RUN]
        subprocess.run([COMMAND, "run", "churn-training", *options], env=environment, check=False)  # noqa: S603 — our own command
        browser = playwright.chromium.launch(executable_path=chromium, args=OFFLINE)
        page = browser.new_page(device_scale_factor=1.5)
        arguments = ["status", RUN]
        draw_terminal(page, arguments, in_a_terminal(arguments, environment))
        draw_web_ui(page, environment, RUN, "Cause: Train: AlgorithmError", "web-ui.png")
        start_gates(environment)
        # Half the size, of pages that stand in a text.
        small = browser.new_page(device_scale_factor=1)
        draw_web_ui(small, environment, STEP_RUN, "It waits for an answer", "web-ui-step.png")
        draw_web_ui(small, environment, APPROVAL_RUN, "It waits for an answer", "web-ui-approval.png")
        apply_schedule(environment)
        draw_schedule(small, environment)
        browser.close()


if __name__ == "__main__":
    main()
