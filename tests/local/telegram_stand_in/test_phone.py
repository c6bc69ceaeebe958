"""At the chat page one is a client, or a member of a group, with a browser's own clicks and keys."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from sancrm_notifications.pictures.arrangement import arranged
from sancrm_notifications.pictures.png import png
from tests.local.telegram_stand_in.conftest import GROUP, HTTP, TOKEN
from tests.pictures.charts import panel, week

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from local.telegram_stand_in import StandIn

    Call = Callable[..., dict[str, Any]]

PHONE = {"width": 390, "height": 844}
CONTACT = {"keyboard": [[{"text": "Поделиться номером", "request_contact": True}], ["Статус"]]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, stand_in: StandIn) -> Iterator[Page]:
    """The chat page on a phone; whatever the browser complains of is an error."""
    opened = browser.new_page(viewport=PHONE)  # type: ignore[arg-type]
    opened.set_default_timeout(10_000)
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(stand_in.url)
    yield opened
    opened.close()
    assert complaints == []


def newest(call: Call) -> dict[str, Any]:
    (update,) = call("getUpdates", offset=-1)["result"]
    return dict(update)


def test_a_client_opens_the_bot_by_its_link_shares_the_own_number_types_and_presses(
    page: Page, stand_in: StandIn, call: Call
) -> None:
    call("setMyDescription", description="Скажу, готов ли ремонт.")
    page.get_by_role("button", name="Новый клиент").click()
    page.get_by_label("Имя").fill("Пётр")
    page.get_by_label("Номер телефона").fill("+7 912 345-67-89")
    page.get_by_label("Ссылка на бота").fill("https://t.me/stand_in_42_bot?start=a1_B-2")
    page.get_by_role("button", name="Открыть бота").click()
    expect(page.get_by_text("Скажу, готов ли ремонт.")).to_be_visible()
    page.get_by_role("button", name="Запустить").click()
    expect(page.get_by_text("/start a1_B-2").last).to_be_visible()
    started = newest(call)["message"]
    assert (started["text"], started["from"]["first_name"]) == ("/start a1_B-2", "Пётр")
    client = started["chat"]["id"]

    call("sendMessage", chat_id=client, text="Это вы?", reply_markup=CONTACT)
    page.get_by_role("button", name="Поделиться номером").click()
    expect(page.get_by_text("+79123456789")).to_be_visible()
    contact = newest(call)["message"]
    assert contact["contact"] == {"first_name": "Пётр", "phone_number": "79123456789", "user_id": client}

    call("sendMessage", chat_id=client, text="Спасибо", reply_markup={"remove_keyboard": True})
    expect(page.get_by_role("button", name="Поделиться номером")).to_have_count(0)
    page.get_by_role("textbox", name="Сообщение").fill("<b>Где</b> мой ремонт?")
    page.keyboard.press("Enter")
    expect(page.locator(".message.is-own").last).to_contain_text("<b>Где</b> мой ремонт?")

    button = {"inline_keyboard": [[{"text": "Понял, приду", "callback_data": "coming"}]]}
    call("sendMessage", chat_id=client, text="Готов", reply_markup=button)
    page.get_by_role("button", name="Понял, приду").click()
    expect(page.get_by_role("button", name="Понял, приду")).to_be_enabled()
    query = wait_for_query(page, stand_in)
    assert (query["from"]["id"], query["data"]) == (client, "coming")
    call("answerCallbackQuery", callback_query_id=query["query_id"], text="Ждём вас!")
    expect(page.get_by_text("Ждём вас!")).to_be_visible()


def wait_for_query(page: Page, stand_in: StandIn) -> dict[str, Any]:
    for _ in range(50):
        if waiting := [query for query in stand_in.queries() if query["state"] == "waits"]:
            return waiting[-1]
        page.wait_for_timeout(100)
    raise AssertionError("nothing was pressed")


def test_a_client_blocks_and_unblocks_the_bot_and_sends_another_ones_contact(
    page: Page, stand_in: StandIn, call: Call
) -> None:
    stand_in.add_person(700_555, "Анна")
    stand_in.start(700_555)
    page.goto(f"{stand_in.url}/#700555")
    page.get_by_role("button", name="Прикрепить").click()
    page.get_by_role("button", name="Чужой контакт…").click()
    page.get_by_label("Имя").fill("Иван")
    page.get_by_label("Номер телефона").fill("+7 999 000-00-00")
    page.get_by_role("button", name="Отправить").last.click()
    expect(page.get_by_text("+79990000000")).to_be_visible()
    assert "user_id" not in newest(call)["message"]["contact"]
    page.get_by_role("button", name="Ещё").click()
    page.get_by_role("button", name="Заблокировать бота").click()
    page.get_by_role("button", name="Разблокировать").click()
    expect(page.get_by_role("textbox", name="Сообщение")).to_be_visible()
    kinds = [next(iter(set(update) - {"update_id"})) for update in stand_in.updates()]
    assert kinds == ["message", "my_chat_member", "my_chat_member", "message"]


def test_a_member_of_a_group_types_and_presses_under_its_own_name(page: Page, stand_in: StandIn, call: Call) -> None:
    button = {"inline_keyboard": [[{"text": "Позвонил", "callback_data": "called"}]]}
    call("sendMessage", chat_id=GROUP, text="Незвонок", reply_markup=button)
    page.goto(f"{stand_in.url}#{GROUP}")
    page.get_by_label("Пишет и нажимает").select_option("Новый участник…")
    page.get_by_label("Имя").fill("Иван")
    page.get_by_role("button", name="Добавить").click()
    expect(page.get_by_label("Пишет и нажимает")).to_contain_text("Иван")
    page.get_by_role("textbox", name="Сообщение").fill("/status A-12841")
    page.keyboard.press("Enter")
    expect(page.locator(".message.is-own .sender").last).to_have_text("Иван")
    assert newest(call)["message"]["from"]["first_name"] == "Иван"
    page.get_by_role("button", name="Позвонил").click()
    assert wait_for_query(page, stand_in)["from"]["first_name"] == "Иван"
    page.get_by_label("Пишет и нажимает").select_option("Анонимный администратор")
    page.get_by_role("textbox", name="Сообщение").fill("/id")
    page.keyboard.press("Enter")
    expect(page.locator(".message.is-own .sender").last).to_have_text("Штаб")
    assert newest(call)["message"]["sender_chat"]["id"] == GROUP


def test_a_forced_reply_answers_the_bots_question(page: Page, stand_in: StandIn, call: Call) -> None:
    asked = call("sendMessage", chat_id=GROUP, text="Что ответить?", reply_markup={"force_reply": True})["result"]
    page.goto(f"{stand_in.url}#{GROUP}")
    expect(page.get_by_text("Ответ: Что ответить?")).to_be_visible()
    page.get_by_role("textbox", name="Сообщение").fill("Завтра")
    page.keyboard.press("Enter")
    expect(page.locator(".message.is-own").last).to_contain_text("Завтра")
    assert newest(call)["message"]["reply_to_message"]["message_id"] == asked["message_id"]


def test_the_newest_message_stays_in_sight_above_what_one_types_with(page: Page, stand_in: StandIn, call: Call) -> None:
    for number in range(20):
        call("sendMessage", chat_id=GROUP, text=f"Отчёт {number}")
    page.goto(f"{stand_in.url}#{GROUP}")
    expect(page.get_by_role("textbox", name="Сообщение")).to_be_visible()
    expect(page.locator(".message").last).to_be_in_viewport(ratio=1)
    call("sendMessage", chat_id=GROUP, text="Отвечу", reply_markup={"keyboard": [["1"], ["2"], ["3"]]})
    expect(page.get_by_role("button", name="3", exact=True)).to_be_visible()
    expect(page.locator(".message").last).to_be_in_viewport(ratio=1)


def test_the_page_is_dark_where_the_phone_is_and_never_wider_than_it(
    browser: Browser, stand_in: StandIn, call: Call
) -> None:
    call("sendMessage", chat_id=GROUP, text="Выручка " + "1" * 400)

    def look(theme: Any) -> tuple[str, int]:
        page = browser.new_page(viewport=PHONE, color_scheme=theme)  # type: ignore[arg-type]
        page.goto(f"{stand_in.url}#{GROUP}")
        expect(page.locator(".message")).to_have_count(1)
        look_at = "() => [getComputedStyle(document.body).backgroundColor, document.documentElement.scrollWidth]"
        background, width = page.evaluate(look_at)
        page.close()
        return str(background), int(width)

    assert look("light") == ("rgb(255, 255, 255)", 390)
    assert look("dark") == ("rgb(23, 33, 43)", 390)


def test_a_chat_that_ends_with_a_picture_opens_at_its_end(page: Page, stand_in: StandIn, call: Call) -> None:
    for number in range(30):
        call("sendMessage", chat_id=GROUP, text=str(number))
    picture = png(arranged(week(panel("Калуга"), panel("Тула"))))
    address = f"{stand_in.base_url}{TOKEN}/sendPhoto"
    sent = HTTP.post(address, data={"chat_id": GROUP, "caption": "Прибыль"}, files={"photo": ("неделя.png", picture)})
    assert sent.json()["ok"]
    page.goto(f"{stand_in.url}#{GROUP}")
    expect(page.get_by_text("Прибыль").last).to_be_in_viewport(ratio=1)
    page.wait_for_function("document.querySelector('img.photo').naturalHeight > 0")
    expect(page.get_by_text("Прибыль").last).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="К последнему сообщению")).to_be_hidden()
