"""``make pictures``: takes the README's pictures from the running demo, in headless Chromium."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from local.airflow_environment import ROOT
from local.telegram_choice import STAND_IN_CHATS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IMAGES = ROOT / "docs" / "images"
PICTURED_CHATS = {"telegram_default": "chat", "telegram_missed_calls": "missed_calls", "telegram_backups": "backups"}
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
SETTLED_MS = 3000  # until a page has fetched and drawn what it shows


def main() -> int:
    """Take all pictures; the exit status is 1 when there is no browser."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("error: no chromium on this machine: install it to take pictures.", file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        chats = f"http://127.0.0.1:{os.environ.get('CHAT_PORT', '8081')}/"
        for conn_id, name in PICTURED_CHATS.items():
            _chat(browser, chats, STAND_IN_CHATS[conn_id][1], name)
        _dag(browser, os.environ["AIRFLOW_API_URL"])
        browser.close()
    return 0


def _chat(browser: Browser, url: str, title: str, name: str) -> None:
    """Picture the end of a chat as a phone shows it."""
    page = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2)
    page.goto(url)
    page.get_by_text(title).first.click()
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=IMAGES / f"{name}.png")


def _dag(browser: Browser, url: str) -> None:
    """Picture the daily report's DAG in Airflow's UI."""
    page = browser.new_page(viewport={"width": 1200, "height": 800}, device_scale_factor=1.5)
    page.goto(url)
    page.fill("input[name=username]", os.environ["AIRFLOW_API_USER"])
    page.fill("input[name=password]", os.environ["AIRFLOW_API_PASSWORD"])
    page.click("button[type=submit]")
    page.wait_for_timeout(SETTLED_MS)
    page.goto(f"{url}/dags/profitability_daily")
    page.wait_for_timeout(SETTLED_MS)
    page.keyboard.press("g")
    page.wait_for_timeout(SETTLED_MS)
    page.screenshot(path=IMAGES / "dag.png")


if __name__ == "__main__":
    sys.exit(main())
