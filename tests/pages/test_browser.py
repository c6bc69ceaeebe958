"""The pages in a real browser: valid, usable by keyboard and screen reader, at three widths and in both themes."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import sync_playwright

from tests.pages.people import DAILY
from tests.pages.scene import check, fill, month

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.pages.airflow_site import Site
    from tests.pages.conftest import Ledger
    from tests.pages.scene import Scene

HOME = "/sancrm-notifications"
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


def opened(browser: Browser, site: Site, path: str, width: int = 1400, theme: str = "light") -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, locale="ru-RU")  # type: ignore[arg-type]
    context.add_cookies([{"name": "_token", "value": site.token("admin"), "url": site.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{site.url}{path}")
    assert errors == []
    return page


@pytest.fixture
def paths(site: Site, scene: Scene, ledger: Ledger) -> dict[str, str]:
    """Return the address of every page, on a ledger with everything in it."""
    from sancrm_notifications.text.message import Message

    ids = fill(scene)
    month(scene)
    check(scene.conninfo, faults=5)
    site.connect_telegram()
    ledger.preview(Message("network", "reports", "Вся сеть", "предпросмотр"), run_id="previewed")
    pages = {
        "staff": "staff?month=2026-11&day=2026-11-12",
        "ask for a preview": "preview",
        "backfill": "backfill?from=2026-11-10&to=2026-11-20",
        "health": "health",
        "log": "log",
        "log of a day without messages": "log?day=2020-01-01&state=x",
        "corrected": f"messages/{ids['corrected']}",
        "parked": f"messages/{ids['parked']}",
        "waiting": "waiting",
        "decide": "decide?do=send",
        "previews": "",
        "preview": f"dags/{DAILY}/runs/previewed",
        "sentence": "messages/999999",
    }
    assert site.get(f"{HOME}/log", "admin").status_code == 200
    return {name: f"{HOME}/{path}" for name, path in pages.items()}


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 800), ("light", 1400)])
def test_a_checker_of_accessibility_finds_nothing(
    browser: Browser, site: Site, paths: dict[str, str], theme: str, width: int
):
    for name, path in paths.items():
        if name == "sentence":
            continue
        page = opened(browser, site, path, width, theme)
        results = Axe().run(page)
        assert results.violations_count == 0, f"{name}: {results.generate_report()}"
        too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert too_wide <= 0, f"{name} is {too_wide} pixels too wide"
        page.context.close()


def test_a_decision_is_made_with_the_keyboard_alone(browser: Browser, site: Site, paths: dict[str, str]):
    page = opened(browser, site, paths["log"])
    site.change("delete from dag_run")
    link = page.get_by_role("link", name="Отправить снова (2)")
    link.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Отправить снова? 2").wait_for()
    page.get_by_role("button", name="Отправить снова").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Отправить снова: выполняется").wait_for()
    assert len(site.rows("select 1 from dag_run where dag_id = 'resend_parked'")) == 1


def test_filters_are_chosen_and_land_in_the_address(browser: Browser, site: Site, paths: dict[str, str]):
    page = opened(browser, site, paths["log"], 390)
    page.get_by_label("Состояние").select_option("parked")
    page.get_by_role("button", name="Показать").click()
    page.wait_for_url("**/log?*state=parked*")
    assert page.get_by_label("Состояние").input_value() == "parked"
    assert page.locator("tbody tr").count() == 3


def test_html_is_read_as_it_is_written(site: Site, paths: dict[str, str]):
    """The browser mends what is wrong: what it made of the page must be the page."""
    from tests.pages.html_validity import problems

    for name, path in paths.items():
        assert problems(site.get(path, "admin").text) == [], name
