"""The pages in a real browser: valid, usable by keyboard and screen reader, at three widths and in both themes."""

from __future__ import annotations

import shutil
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import sync_playwright

from sancrm_notifications.ledger import wording
from sancrm_notifications.ledger.log import Day
from sancrm_notifications.pages import words
from sancrm_notifications.pages.pictures import day_picture
from sancrm_notifications.text.message import Message
from tests.bot.crm import fill as fill_crm
from tests.pages.conftest import new_ledger
from tests.pages.people import DAILY
from tests.pages.scene import Scene, check, fill, month
from tests.pages.test_events import fill_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.conftest import Databases
    from tests.pages.airflow_site import Site
    from tests.pages.conftest import Ledger

HOME = "/sancrm-notifications"
PAGES = Path(words.__file__).parent
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
    token = site.session("admin")["Cookie"].removeprefix("_token=")
    context.add_cookies([{"name": "_token", "value": token, "url": site.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{site.url}{path}")
    assert errors == []
    return page


@pytest.fixture(scope="module")
def filled(databases: Databases) -> tuple[Ledger, dict[str, str]]:
    """Return a ledger with everything in it, which no test changes, and the address of every page about it."""
    ledger = new_ledger(databases)
    scene = Scene(ledger.conninfo)
    ids = fill(scene)
    month(scene)
    check(scene.conninfo, faults=5)
    ledger.preview(Message("network", "reports", "Вся сеть", "предпросмотр"), run_id="previewed")
    bind_clients(ledger.conninfo)
    write_texts(ledger.conninfo)
    pages = {
        "staff": "staff?month=2026-11&day=2026-11-12",
        "ask for a preview": "preview",
        "backfill": "backfill?from=2026-11-10&to=2026-11-20",
        "health": "health",
        "clients": "clients",
        "events": "events?branch=7",
        "event": "events/client/ready?branch=7",
        "event with days": "events/client/pickup_reminder?branch=7",
        "text": "events/client/ready/text?branch=7&to_status=Готов",
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
    return ledger, {name: f"{HOME}/{path}" for name, path in pages.items()}


def write_texts(conninfo: str) -> None:
    """Write and switch what the page on events shows."""
    with psycopg.connect(conninfo) as connection:
        wording.switch(connection, "client", "on_hold", switched_by="анна", is_on=True)
        wording.switch(connection, "client", "in_work", switched_by="анна", branch_id=7, is_on=False)
        wording.switch(connection, "client", None, switched_by="анна", quiet_hours=(time(21), time(9, 30)))
        wording.switch(connection, "client", None, switched_by="анна", branch_id=7, quiet_hours=(time(20), time(9)))
        wording.switch(connection, "client", "ready", switched_by="анна", branch_id=7, quiet_hours=(time(19), time(9)))
        wording.switch(connection, "client", "pickup_reminder", switched_by="анна", branch_id=7, reminders=(5, 1))
        wording.switch(connection, "staff", "missed_calls", switched_by="анна", is_on=True)
        for source in (
            "Готово: {{ code }}\n{{ tool }}",
            "Готово: {{ code }}\n<b>{{ tool }}</b>\nЖдём вас!",
            None,
            "{{ code }}",
        ):
            wording.write_text(connection, "client", "ready", source, written_by="Анна", branch_id=7, to_status="Готов")
        wording.write_text(connection, "client", "ready", "Заберите {{ code }}: " + "ждём " * 60, written_by="Пётр")


def bind_clients(conninfo: str) -> None:
    """Let the ledger know a bot, a link that waits, and more bindings than a page has."""
    with psycopg.connect(conninfo) as connection:
        connection.execute(
            "insert into notifications.listeners (bot_id, number, instance, lease_until, username)"
            " values (42, 1, gen_random_uuid(), now(), 'sancrm_bot')"
        )
        connection.execute(
            "insert into notifications.invitations (token_hash, customer_id, made_by, expires_at)"
            " values ('1', 9007199254740993, 'office', now() + interval '1 day')"
        )
        connection.execute(
            "insert into notifications.bindings (proof, user_id, phone)"
            " select 'contact', 1000 + number, (79000000000 + number)::text from generate_series(1, 60) as number"
        )


@pytest.fixture
def site(started_site: Site, filled: tuple[Ledger, dict[str, str]]) -> Site:
    """Return Airflow, connected to the filled ledger."""
    started_site.connect_ledger(filled[0].conninfo)
    started_site.connect_telegram()
    return started_site


@pytest.fixture
def paths(filled: tuple[Ledger, dict[str, str]]) -> dict[str, str]:
    """Return the address of every page."""
    return filled[1]


# Structure is judged once for a phone and once for a desk, colours in the other two as well: they are most of the time.
COLOURS = {"runOnly": ["color-contrast"]}
LOOKS = {("dark", 390): None, ("light", 390): COLOURS, ("light", 1400): None, ("dark", 1400): COLOURS}


# Every page four times: on a machine that is busy it takes minutes.
@pytest.mark.timeout(500)
def test_a_checker_of_accessibility_finds_nothing_and_nothing_is_too_wide(
    browser: Browser, site: Site, paths: dict[str, str]
):
    page = opened(browser, site, paths["log"])
    axe = Axe()
    for name, path in paths.items():
        page.goto(f"{site.url}{path}")
        for (theme, width), options in LOOKS.items():
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 900})
            results = axe.run(page, options=options)
            assert results.violations_count == 0, f"{name}, {theme}, {width}: {results.generate_report()}"
        for width in (390, 800, 1400, 1600):
            page.set_viewport_size({"width": width, "height": 900})
            too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert too_wide <= 0, f"{name} is {too_wide} pixels too wide at {width}"
    page.context.close()


def test_the_letters_of_the_days_picture_can_be_read_on_a_phone(browser: Browser, site: Site, paths: dict[str, str]):
    page = opened(browser, site, paths["log"], 390)
    heights = [tick.bounding_box() for tick in page.locator("svg .tick:visible").all()]
    assert len(heights) > 3
    assert min(box["height"] for box in heights if box) >= 12
    fields = page.locator("form.filters :is(input, select)").all()
    assert len({box["height"] for field in fields if (box := field.bounding_box())}) == 1
    page.context.close()


def test_each_state_in_the_days_picture_is_drawn_in_its_own_way_without_colours(browser: Browser):
    day = Day({(9, state): 5 for state in words.STATES}, 0, 0, None, None)
    page = browser.new_page()
    page.set_content(f"<style>{(PAGES / 'templates' / 'page.css').read_text()}</style>{day_picture(day, words.STATES)}")
    drawn = """each => [each.nextElementSibling?.getAttribute("fill"), getComputedStyle(each).strokeDasharray,
               getComputedStyle(each).strokeWidth].join()"""
    looks = [page.locator(f".day .bar.is-{state}").evaluate(drawn) for state in words.STATES]
    assert len(set(looks)) == len(words.STATES), looks
    named = page.locator(".day [fill^=url]").evaluate_all(
        "all => all.map(each => each.getAttribute('fill').slice(4, -1))"
    )
    assert named
    assert [name for name in named if page.locator(f"pattern{name}").count() != 1] == []
    page.close()


def test_a_person_finds_kalugas_report_of_the_12th_by_four_clicks(browser: Browser, site: Site, paths: dict[str, str]):
    page = opened(browser, site, paths["log"])
    page.get_by_role("link", name="Отчёты по дням").click()
    page.get_by_label("Месяц", exact=True).fill("2026-11")
    page.get_by_label("Чьи отчёты").select_option(label="Калуга")
    page.get_by_role("button", name="Показать").click()
    page.locator("table.calendar").get_by_role("link", name="12", exact=False).first.click()
    assert "Калуга: пришёл поздно, в 14:20" in page.locator("#day").inner_text()
    assert "Калуга: пришёл поздно, в 14:20" in page.locator("[aria-labelledby=week]").inner_text()
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


def test_a_link_is_made_and_a_doubt_is_cleared_with_the_keyboard(
    browser: Browser, site: Site, paths: dict[str, str], databases: Databases
):
    site.connect_crm(databases.create(databases.template("clients_crm", fill_crm)))
    page = opened(browser, site, paths["clients"], 390)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for field, typed, heading in (
        ("Номер клиента в CRM", "1", "Ссылка для клиента № 1"),
        ("Номер ремонта или телефон", "A-12841", "Почему клиент не получил: A-12841"),
    ):
        page.goto(f"{site.url}{paths['clients']}")
        page.get_by_label(field).fill(typed)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name=heading).wait_for()
        assert "A-12841" not in page.url
        assert Axe().run(page).violations_count == 0
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert said == []
    page.context.close()


def test_a_text_is_refused_mended_looked_at_and_sent_to_oneself_with_the_keyboard(
    browser: Browser, site: Site, databases: Databases
):
    site.connect_crm(databases.create(databases.template("events_page_crm", fill_events)))
    said: list[str] = []
    page = opened(browser, site, f"{HOME}/events/client/ready/text", 390)
    page.on("console", lambda message: said.append(message.text) if "400" not in message.text else None)

    def judge() -> None:
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            results = Axe().run(page)
            assert results.violations_count == 0, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0

    page.get_by_label("Текст, не длиннее").fill("Готов {{ кот }}\n" + "длинно" * 40)
    page.get_by_role("button", name="Посмотреть").press("Enter")
    assert "нет значения кот" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Текст, не длиннее").get_attribute("aria-invalid") == "true"
    judge()
    page.get_by_label("Текст, не длиннее").fill("Готов {{ code }}: {{ tool }}")
    page.get_by_role("button", name="Посмотреть").press("Enter")
    page.get_by_role("heading", name="Как получится").wait_for()
    # On a phone it is what one sees first.
    assert page.locator("#looks").evaluate("heading => heading.getBoundingClientRect().top") < 200
    assert "A-500" in page.locator("article").first.inner_text()
    judge()
    page.get_by_role("button", name="Отправить себе").press("Enter")
    page.get_by_role("heading", name="Образец на телефон").wait_for()
    judge()
    assert page.get_by_label("Текст, не длиннее").input_value() == "Готов {{ code }}: {{ tool }}"
    assert said == []
    page.locator("input[name=token]").first.evaluate("field => field.value = 'x'")
    page.get_by_role("button", name="Сохранить").press("Enter")
    assert page.get_by_role("textbox", name="Что вы написали").input_value() == "Готов {{ code }}: {{ tool }}"
    judge()
    page.goto(f"{site.url}{HOME}/events/client/pickup_reminder")
    judge()
    page.context.close()


def test_filters_are_chosen_and_land_in_the_address(browser: Browser, site: Site, paths: dict[str, str]):
    page = opened(browser, site, paths["log"], 390)
    page.get_by_label("Состояние").select_option("parked")
    page.get_by_role("button", name="Показать").click()
    page.wait_for_url("**/log?*state=parked*")
    assert page.get_by_label("Состояние").input_value() == "parked"
    # The third is of a day of November: the log shows it for 31 days.
    assert page.locator("tbody tr").count() in {2, 3}


def test_html_is_read_as_it_is_written(site: Site, paths: dict[str, str]):
    """The browser mends what is wrong: what it made of the page must be the page."""
    from tests.pages.html_validity import problems

    for name, path in paths.items():
        assert problems(site.get(path, "admin").text) == [], name
