"""«Позвонил» under a missed call: it counts once, only where it was shown, and is shown by whom."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sancrm_notifications.ledger.callbacks import called_since
from sancrm_notifications.text.buttons import Action, ActionButton, Button, stored
from sancrm_notifications.text.limits import PART_LIMIT
from tests.bot.crm import NOW
from tests.bot.phone import BOT_ACCOUNT, TEAM, Bot, Person, Staff, notice

if TYPE_CHECKING:
    from sancrm_notifications.bot.response import Response

TOLD = 900
MIDNIGHT = NOW.replace(hour=0)


@pytest.fixture
def kira(bot: Bot) -> Staff:
    return Staff(bot)


@pytest.fixture
def lev(bot: Bot) -> Staff:
    return Staff(bot, user_id=78, name="Лев")


def row(repair_id: int) -> tuple[Button, ActionButton]:
    """Return the buttons of one repair."""
    return Button("Открыть в CRM", f"https://crm.example.org/{repair_id}"), ActionButton(
        "Позвонил", Action.CALLED, repair_id
    )


def tell(
    bot: Bot,
    *repair_ids: int,
    chat_id: int = TEAM,
    number: int = TOLD,
    period: str = "2026-11-25",
    html: str = "<b>Незвонок</b>",
    **of_repair: Any,
) -> None:
    """Have a message about missed calls stand in a chat."""
    repairs = [{"repair_id": each, "code": f"A-{each}", **of_repair} for each in repair_ids]
    buttons = stored([row(each) for each in repair_ids])
    bot.change(
        "insert into notifications.messages (key, batch, notification, period, subject, destination, label, part,"
        " parts, html, silent, closes_batch, unknown_policy, state, expires_at, figures, buttons, chat_id,"
        f" telegram_message_id, sent_bot_id) values ('{number}', 'b', 'missed_calls', '{period}', '{number}',"
        f" 'missed_calls', 'l', 1, 1, '{html}', false, false, 'resend', 'sent', now() + interval '1 day',"
        f" '{json.dumps({'repairs': repairs})}', '{json.dumps(buttons, ensure_ascii=False)}', '{chat_id}', {number},"
        f" {BOT_ACCOUNT['id']})",
        is_crm=False,
    )


def edit(response: Response) -> tuple[str | None, list[str]]:
    """Return what a message becomes: its text and what is left of its buttons."""
    (changed,) = response.edits
    rows = (changed.reply_markup or {})["inline_keyboard"]
    html = changed.html and changed.html.replace("\u00a0", " ")
    return html, [button.get("callback_data", button.get("url")) for row_ in rows for button in row_]


def kept(bot: Bot, number: int = TOLD) -> dict[str, Any]:
    """Return how the ledger keeps a message."""
    (found,) = bot.rows(f"select html, buttons from notifications.messages where telegram_message_id = {number}")
    return found


class TestOnce:
    """The first press counts, and everybody sees whose it was."""

    def test_it_is_marked_and_shown_by_whom(self, kira: Staff, lev: Staff, bot: Bot) -> None:
        tell(bot, 12841)
        response = kira.presses("called:12841", TOLD)
        assert notice(response) == "Отмечено, спасибо!"
        html, left = edit(response)
        assert (html or "").startswith("<b>Незвонок</b>\n\n✓ позвонили: Кира, ")
        assert left == ["https://crm.example.org/12841"]
        again = lev.presses("called:12841", TOLD)
        assert (again.edits, notice(again)) == ((), "Уже отмечено: Кира")
        assert [(one.repair_id, one.called_by) for one in called_since(bot.ledger, MIDNIGHT)] == [(12841, "Кира")]
        assert bot.rows("select repair_id, called_by from notifications.callbacks_done") == [
            {"repair_id": 12841, "called_by": "Кира"}
        ]

    def test_two_who_press_at_once_are_one_call(self, bot: Bot, kira: Staff, lev: Staff) -> None:
        tell(bot, 12841)
        presses = [person.press("called:12841", TOLD) for person in (kira, lev) for _ in range(4)]
        responses = bot.receive_all(*presses)
        assert sum(len(response.edits) for response in responses) == 1
        assert (
            sorted(notice(response).split(":")[0] for response in responses)
            == ["Отмечено, спасибо!"] + ["Уже отмечено"] * 7
        )
        assert len(called_since(bot.ledger, MIDNIGHT)) == 1

    def test_of_several_each_is_named_below_the_others(self, kira: Staff, lev: Staff, bot: Bot) -> None:
        tell(bot, 12841, 12842)
        kira.presses("called:12842", TOLD)
        html, left = edit(lev.presses("called:12841", TOLD))
        lines = (html or "").split("\n")
        assert [line.split(",")[:2] for line in lines[2:]] == [
            ["✓ A-12842", " позвонили: Кира"],
            ["✓ A-12841", " позвонили: Лев"],
        ]
        assert left == ["https://crm.example.org/12841", "https://crm.example.org/12842"]

    def test_under_another_message_of_the_repair_it_is_shown_and_not_counted_again(
        self, kira: Staff, lev: Staff, bot: Bot
    ) -> None:
        tell(bot, 12841, period="2026-11-24", number=800)
        tell(bot, 12841)
        kira.presses("called:12841", 800)
        response = lev.presses("called:12841", TOLD)
        assert notice(response) == "Уже отмечено: Кира"
        assert "позвонили: Кира" in (edit(response)[0] or "")
        assert len(called_since(bot.ledger, MIDNIGHT)) == 1

    def test_a_call_of_an_earlier_day_is_not_one_of_todays_message(self, kira: Staff, lev: Staff, bot: Bot) -> None:
        tell(bot, 12841, period="2026-11-24", number=800)
        kira.presses("called:12841", 800)
        bot.change("update notifications.callbacks set called_at = '2026-11-24 20:00+03'", is_crm=False)
        tell(bot, 12841)
        assert notice(lev.presses("called:12841", TOLD)) == "Отмечено, спасибо!"

    def test_a_customer_who_came_back_on_the_list_can_be_called_again(self, kira: Staff, lev: Staff, bot: Bot) -> None:
        tell(bot, 12841)
        kira.presses("called:12841", TOLD)
        bot.change(
            "update notifications.callbacks set called_at = '2026-11-25 11:00+03'; update notifications.messages"
            ' set figures = \'{"repairs": [{"repair_id": 12841, "waits_again_at": "2026-11-25T12:00:00+03:00"}]}\'',
            is_crm=False,
        )
        assert notice(lev.presses("called:12841", TOLD)) == "Отмечено, спасибо!"
        assert notice(kira.presses("called:12841", TOLD)) == "Уже отмечено: Лев"


class TestWhere:
    """It acts only where message and chat match the ledger."""

    @pytest.mark.parametrize(
        ("data", "message_id", "chat_id"),
        [
            ("called:12842", TOLD, TEAM),
            ("called:12841", TOLD + 1, TEAM),
            ("called:12841", TOLD, -5),
            ("called:", TOLD, TEAM),
            ("called:1e9", TOLD, TEAM),
            ("called:99999999999999999999", TOLD, TEAM),
            ("anything", TOLD, TEAM),
        ],
    )
    def test_elsewhere_nothing_happens(self, bot: Bot, data: str, message_id: int, chat_id: int) -> None:
        tell(bot, 12841)
        response = Staff(bot, chat_id).presses(data, message_id)
        assert (response.edits, notice(response)) == ((), "Эта кнопка здесь не действует.")
        assert bot.rows("select * from notifications.callbacks") == []

    def test_a_client_who_sends_its_data_from_a_private_chat_marks_nothing(self, bot: Bot) -> None:
        tell(bot, 12841)
        assert notice(Person(bot, 101).presses("called:12841")) == "Эта кнопка здесь не действует."
        assert bot.rows("select * from notifications.callbacks") == []

    def test_a_message_of_another_bot_under_the_same_number_is_left_alone(self, kira: Staff, bot: Bot) -> None:
        tell(bot, 12841)
        bot.change("update notifications.messages set sent_bot_id = 2", is_crm=False)
        assert notice(kira.presses("called:12841", TOLD)) == "Эта кнопка здесь не действует."

    def test_a_message_that_telegram_no_longer_shows_the_bot_counts(self, kira: Staff, bot: Bot) -> None:
        tell(bot, 12841)
        chat = {"id": TEAM, "type": "supergroup", "title": "Мастера"}
        response = kira.presses("called:12841", TOLD, message={"chat": chat, "message_id": TOLD, "date": 0})
        assert notice(response) == "Отмечено, спасибо!"

    def test_an_inline_copy_of_the_message_is_left_alone(self, kira: Staff, bot: Bot) -> None:
        tell(bot, 12841)
        press = kira.press("called:12841", TOLD)
        del press["callback_query"]["message"]
        press["callback_query"]["inline_message_id"] = "AgAAAA"
        assert bot.receive(press).edits == ()
        assert bot.rows("select * from notifications.callbacks") == []

    def test_an_anonymous_administrator_has_no_account(self, kira: Staff, bot: Bot) -> None:
        tell(bot, 12841)
        sender = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
        html, _ = edit(kira.presses("called:12841", TOLD, **{"from": sender}))
        assert "позвонили: администратор группы," in (html or "")
        done = bot.rows("select called_by, called_by_user_id from notifications.callbacks")
        assert done == [{"called_by": "администратор группы", "called_by_user_id": None}]


class TestTheText:
    """What the message becomes, and what the ledger keeps of it."""

    def test_the_ledger_keeps_what_the_chat_shows(self, kira: Staff, bot: Bot) -> None:
        tell(bot, 12841, 12842)
        (changed,) = kira.presses("called:12841", TOLD).edits
        found = kept(bot)
        assert found["html"] == changed.html
        assert found["buttons"] == (changed.reply_markup or {})["inline_keyboard"]

    def test_a_text_that_is_forgotten_loses_only_its_button(self, kira: Staff, bot: Bot) -> None:
        tell(bot, 12841)
        bot.change("update notifications.messages set html = null", is_crm=False)
        html, left = edit(kira.presses("called:12841", TOLD))
        assert (html, left) == (None, ["https://crm.example.org/12841"])
        assert kept(bot)["html"] is None

    def test_a_text_that_would_grow_too_long_loses_only_its_button(self, kira: Staff, bot: Bot) -> None:
        tell(bot, 12841, html="а" * PART_LIMIT)
        html, left = edit(kira.presses("called:12841", TOLD))
        assert (html, left) == (None, ["https://crm.example.org/12841"])

    def test_a_name_of_anything_is_shown_as_text(self, kira: Staff, bot: Bot) -> None:
        tell(bot, 12841)
        kira.name = "<b>Кира</b>\n✓ & 👩🏽‍🔧" + "я" * 300
        html, _ = edit(kira.presses("called:12841", TOLD))
        (mark,) = (html or "").split("\n")[2:]
        assert "&lt;b&gt;" in mark
        assert len(mark) < 120
