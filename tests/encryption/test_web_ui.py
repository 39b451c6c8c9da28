"""Encrypted runs in Temporal's own Web UI, in a real browser."""

import json
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.encryption.stack import Installation
from tests.workflows.test_web_ui import OFFLINE

CHROMIUM = shutil.which("chromium")
SECRET = "PLANTED-secret"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine (Debian: apt install chromium)")


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page of a headless browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=OFFLINE)
        yield await browser.new_page()
        await browser.close()


@pytest.fixture(scope="module")
def run_page(installation: Installation) -> str:
    """The page of a run whose input holds a secret, and which failed with it."""
    ended = installation.with_keys("run", "quick-check", "-p", f"FailureReason={SECRET}", "--json")
    return str(ended.document["web_ui_url"])


async def test_without_a_codec_server_nothing_is_shown(run_page: str, page: Page) -> None:
    """Who may use the Web UI does not thereby see what runs are about."""
    await page.goto(f"{run_page}/history")
    await expect(page.get_by_text('"Encoded failure"').first).to_be_visible()
    assert SECRET not in await page.content()


async def test_with_a_codec_server_input_and_reason_are_shown(
    installation: Installation, run_page: str, page: Page
) -> None:
    """Set in the Web UI's own dialog; the browser asks it from the Web UI's origin, which it allows."""
    ui = installation.stack.temporal.ui_url
    with installation.codec_server("--without-authentication", "--allow-origin", f"{ui}/namespaces") as server:
        await page.goto(f"{run_page}/history")
        await set_codec_server(page, server.url)
        await page.reload()
        await expect(page.get_by_text(f'"FailureReason": "{SECRET}"').first).to_be_visible()
        await expect(page.get_by_text(f"CheckSource: {SECRET}").first).to_be_visible()
        code, events = server.end()
    assert code == 0
    assert {event["event"] for event in events} == {"payloads.decoded"}
    assert {event["namespace"] for event in events} == {"default"}
    assert SECRET not in json.dumps(events)


async def test_another_origin_gets_nothing(installation: Installation, run_page: str, page: Page) -> None:
    """The same page, from a Web UI that the codec server does not know."""
    with installation.codec_server(
        "--without-authentication", "--allow-origin", "https://temporal.example.com"
    ) as server:
        await page.goto(f"{run_page}/history")
        await set_codec_server(page, server.url)
        async with page.expect_event("requestfailed", lambda request: server.url in request.url):
            await page.reload()
        await expect(page.get_by_text('"Encoded failure"').first).to_be_visible()
        assert SECRET not in await page.content()
        _, events = server.end()
    assert events == []


async def set_codec_server(page: Page, url: str) -> None:
    """Set the codec server as a person does."""
    await page.get_by_test_id("data-encoder-status").click()
    await page.get_by_test_id("use-local-endpoint-input").check()
    await page.get_by_label("Codec Server browser endpoint").fill(url)
    await page.get_by_role("button", name="Apply").click()
