"""What people see of a run in Temporal's own Web UI, in a real browser."""

import re
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright, expect

from contract.names import GIVE_UP_UPDATE
from contract.run import Phase
from tests.workflows.stage import Run, Stage

CHROMIUM = shutil.which("chromium")
OFFLINE = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

expect.set_options(timeout=90_000)  # milliseconds; a busy machine needs half a minute for the first page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine (Debian: apt install chromium)")


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page of a headless browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=OFFLINE)
        yield await browser.new_page()
        await browser.close()


async def test_a_running_run_tells_everything_without_json(stage: Stage, page: Page, web_ui_port: int) -> None:
    """Pipeline, phase, status, execution and the link to the SageMaker console stand on the run's page."""
    pipeline = stage.pipeline(seconds=30_000)
    run = await stage.start({"pipeline_name": pipeline}, static_summary=f"{pipeline} on default")
    document = await run.reaches_phase(Phase.RUNNING)
    await open_tab(page, web_ui_port, run, "user-metadata")
    summary, details = page.frame_locator("iframe").first, page.frame_locator("iframe").last
    await expect(summary.get_by_text(f"{pipeline} on default")).to_be_visible()
    await expect(details.get_by_role("heading", name=f"{pipeline}: Running")).to_be_visible()
    await expect(details.get_by_text("Status: Running (SageMaker: Executing)")).to_be_visible()
    await expect(details.get_by_text(str(document.run_id))).to_be_visible()
    link = details.get_by_role("link", name="open in the SageMaker console")
    await expect(link).to_have_attribute("href", str(document.monitor_url))
    await open_tab(page, web_ui_port, run, "search-attributes")
    for name in ("SageMakerPlatform", "SageMakerPipeline", "SageMakerExecutionArn", "SageMakerStatus"):
        await expect(page.get_by_text(f'"{name}"')).to_be_visible()
    await open_tab(page, web_ui_port, run, "history")
    await expect(page.get_by_text(f"Start {pipeline}").first).to_be_visible()
    await expect(page.get_by_text("last seen: Executing").first).to_be_visible()
    await run.cancel_by_signal()
    await run.result()


async def test_a_failed_run_tells_why(stage: Stage, page: Page, web_ui_port: int) -> None:
    """The closed run keeps its details, with the reason."""
    run = await stage.run(stage.pipeline(fail="AlgorithmError: exit code 1"))
    await run.failure()
    await open_tab(page, web_ui_port, run, "user-metadata")
    details = page.frame_locator("iframe").last
    await expect(details.get_by_text("Cause: Train: AlgorithmError: exit code 1")).to_be_visible()
    row = details.get_by_role("row", name="Train")
    await expect(row).to_contain_text("Failed")
    await expect(row.get_by_role("link", name="job")).to_have_attribute("href", re.compile("^https://"))


async def test_texts_of_others_are_no_markup(stage: Stage, page: Page, web_ui_port: int) -> None:
    """What AWS quotes stands on the page as it was written, and nothing of it becomes a part of the page."""
    run = await stage.run(stage.pipeline(fail="Error: <b>bold</b> | `code` [link](https://x) *star*"))
    await run.failure()
    await open_tab(page, web_ui_port, run, "user-metadata")
    details = page.frame_locator("iframe").last
    await expect(details.get_by_text("<b>bold</b> | `code` [link](https://x) *star*").first).to_be_visible()
    await expect(details.locator("b")).to_have_count(0)
    await expect(details.get_by_role("link", name="link", exact=True)).to_have_count(0)


async def test_a_run_that_waits_for_a_decision_says_how_to_decide(stage: Stage, page: Page, web_ui_port: int) -> None:
    """With the commands, which name the run."""
    pipeline = stage.pipeline(fail="AlgorithmError: exit code 1")
    run = await stage.start({"pipeline_name": pipeline, "on_failure": "wait"})
    await run.reaches_phase(Phase.WAITING_FOR_DECISION)
    await open_tab(page, web_ui_port, run, "user-metadata")
    details = page.frame_locator("iframe").last
    await expect(details.get_by_role("heading", name=f"{pipeline}: WaitingForDecision")).to_be_visible()
    await expect(details.get_by_text(f"polysync-sagemaker retry {run.handle.id} --mode restart")).to_be_visible()
    await run.handle.execute_update(GIVE_UP_UPDATE, {})
    await run.failure()


async def open_tab(page: Page, port: int, run: Run, tab: str) -> None:
    """Open a tab of the run's page."""
    await page.goto(
        f"http://127.0.0.1:{port}/namespaces/default/workflows/{run.handle.id}/{run.handle.first_execution_run_id}/{tab}"
    )
