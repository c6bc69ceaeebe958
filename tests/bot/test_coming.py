"""«Понял, приду» under what can be collected: it counts once, for all repairs of the message, only where it stands."""

from __future__ import annotations

import json

import pytest

from sancrm_notifications.events.client_buttons import collecting
from sancrm_notifications.ledger.pickups import reminded
from sancrm_notifications.text.buttons import stored
from sancrm_notifications.text.limits import PART_LIMIT
from tests.bot.phone import BOT_ACCOUNT, Bot, Person, notice
from tests.bot.test_calling import edit, kept

TOLD = 900


def tell(
    bot: Bot,
    person: Person,
    *repair_ids: int,
    notification: str = "client_statuses",
    html: str = "<b>Ремонт A-12841 готов</b>",
    sent_by: int = BOT_ACCOUNT["id"],  # type: ignore[assignment]
) -> None:
    """Have a message that these repairs can be collected stand in a person's chat."""
    figures = json.dumps({"event": "ready", "repair_ids": repair_ids})
    buttons = json.dumps(stored(collecting(repair_ids[0])), ensure_ascii=False)
    bot.change(
        "insert into notifications.messages (key, batch, notification, period, subject, destination, label, part,"
        " parts, html, silent, closes_batch, unknown_policy, state, expires_at, figures, buttons, chat_id,"
        f" telegram_message_id, sent_bot_id) values ('k', 'b', '{notification}', 'p', 's', 'client:1', 'l', 1, 1,"
        f" '{html}', false, false, 'hold', 'sent', now() + interval '1 day', '{figures}', '{buttons}',"
        f" '{person.user_id}', {TOLD}, {sent_by})",
        is_crm=False,
    )


def promised(bot: Bot) -> list[int]:
    """Return the repairs of which nobody is reminded any more."""
    import psycopg

    with psycopg.connect(bot.ledger) as ledger:
        return sorted(one.repair_id for one in reminded(ledger, [12841, 12842, 7]).values() if one.is_over)


@pytest.mark.parametrize("notification", ["client_statuses", "pickup_reminders"])
def test_it_counts_once_and_the_message_says_so(bot: Bot, anna: Person, notification: str) -> None:
    tell(bot, anna, 12841, notification=notification)
    response = bot.receive(anna.press("coming:12841", TOLD))
    assert notice(response) == "Спасибо, ждём вас!"
    assert edit(response) == ("<b>Ремонт A-12841 готов</b>\n\n✓ Вы ответили: «Понял, приду»", ["call_me:12841"])
    assert promised(bot) == [12841]
    assert [[button["text"] for button in row] for row in kept(bot)["buttons"]] == [["Перезвоните мне"]]

    again = bot.receive(anna.press("coming:12841", TOLD))
    assert (again.edits, notice(again)) == ((), "Спасибо, ждём вас!")


def test_under_a_message_about_several_it_counts_for_all_of_them(bot: Bot, anna: Person) -> None:
    tell(bot, anna, 12841, 12842)
    bot.receive(anna.press("coming:12841", TOLD))
    assert promised(bot) == [12841, 12842]


def test_two_presses_at_once_are_one(bot: Bot, anna: Person) -> None:
    tell(bot, anna, 12841)
    responses = bot.receive_all(*(anna.press("coming:12841", TOLD) for _ in range(4)))
    assert sum(len(response.edits) for response in responses) == 1


@pytest.mark.parametrize("data", ["coming:7", "coming:0", "coming:99999999999"])
def test_a_repair_that_the_message_does_not_tell_of_is_not_promised(bot: Bot, anna: Person, data: str) -> None:
    tell(bot, anna, 12841)
    assert "уже не действует" in notice(bot.receive(anna.press(data, TOLD)))
    assert promised(bot) == []


def test_in_another_chat_under_another_number_or_another_bots_message_nothing_follows(
    bot: Bot, anna: Person, boris: Person
) -> None:
    tell(bot, anna, 12841)
    assert "уже не действует" in notice(bot.receive(boris.press("coming:12841", TOLD)))
    assert "уже не действует" in notice(bot.receive(anna.press("coming:12841", TOLD + 1)))
    bot.change("update notifications.messages set sent_bot_id = 99", is_crm=False)
    assert "уже не действует" in notice(bot.receive(anna.press("coming:12841", TOLD)))
    assert promised(bot) == []


def test_a_text_that_would_grow_too_long_stays_and_the_button_goes(bot: Bot, anna: Person) -> None:
    tell(bot, anna, 12841, html="я" * PART_LIMIT)
    assert edit(bot.receive(anna.press("coming:12841", TOLD))) == (None, ["call_me:12841"])
    assert promised(bot) == [12841]
