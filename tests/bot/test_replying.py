"""«Ответить клиенту»: nothing that is typed in a group reaches a client before somebody has confirmed it, once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sancrm_notifications.bot.response import Response
from tests.bot.phone import BOT_ACCOUNT, OFFICE, TEAM, Bot, Person, Staff, notice, pressable, texts

if TYPE_CHECKING:
    from sancrm_notifications.bot.response import Answer

COMMENT, PROMPT, QUESTION = 900, 901, 902


@pytest.fixture
def kira(bot: Bot, anna: Person) -> Staff:
    """Somebody of the team, in whose chat a client's comment stands."""
    anna.shares()
    stands(bot, COMMENT, anna.says("Когда приехать?").answers[-1])
    return Staff(bot)


def stands(bot: Bot, number: int, answer: Answer) -> None:
    """Have an answer of the bot stand in its chat, as its delivery leaves it."""
    bot.change(
        "insert into notifications.messages (key, batch, notification, period, subject, destination, label, part,"
        " parts, html, silent, closes_batch, unknown_policy, state, expires_at, figures, chat_id, telegram_message_id,"
        f" sent_bot_id) values ('{number}', 'b', 'client_bot', '1', '{number}', 'chat:1', 'l', 1, 1, 'h', false, false,"
        f" 'hold', 'sent', now() + interval '1 day', '{json.dumps(answer.figures or {})}', '{answer.chat_id}',"
        f" {number}, {BOT_ACCOUNT['id']})",
        is_crm=False,
    )


def replies(kira: Staff, to: int, text: str = "Завтра <с 9> до 19", **content: Any) -> Response:
    """Reply to a message of the bot."""
    replied = kira.message(message_id=to, text="…", **{"from": BOT_ACCOUNT})
    return kira.says(text, reply_to_message=replied, **content)


def asked(bot: Bot, kira: Staff) -> Response:
    """Write an answer, and return the question whether it is sent, which stands in the chat then."""
    response = replies(kira, COMMENT)
    stands(bot, QUESTION, response.answers[0])
    return response


def test_the_button_asks_for_the_text_and_names_who_pressed(bot: Bot, kira: Staff) -> None:
    response = kira.presses("answer:1", COMMENT)
    (prompt,) = response.answers
    assert (prompt.chat_id, prompt.figures) == (TEAM, {"comment_id": 1})
    assert prompt.reply_markup == {"force_reply": True, "selective": True}
    assert texts(response).startswith('<a href="tg://user?id=77">Кира</a>, ответьте на это сообщение')
    stands(bot, PROMPT, prompt)
    assert "Клиент получит это" in texts(replies(kira, PROMPT))


def test_what_is_written_is_shown_as_the_client_would_get_it_and_nobody_gets_it(bot: Bot, kira: Staff) -> None:
    response = asked(bot, kira)
    (question,) = response.answers
    assert question.chat_id == TEAM
    assert texts(response) == (
        "<b>Клиент получит это. Отправить?</b>\n\n<b>Ответ мастерской</b>\n"
        "<blockquote>Когда приехать?</blockquote>\nЗавтра &lt;с 9&gt; до 19"
    )
    assert pressable(question) == ["send:1", "drop:1"]


def test_confirmed_it_is_sent_once_and_the_chat_says_by_whom(bot: Bot, anna: Person, kira: Staff) -> None:
    asked(bot, kira)
    lev = Staff(bot, user_id=78, name="Лев")
    presses = [lev.press("send:1", QUESTION) for _ in range(3)] + [kira.press("drop:1", QUESTION)]
    response = bot.receive(presses[0])
    (sent,) = response.answers
    assert sent.chat_id == anna.user_id
    assert texts(response).endswith("Завтра &lt;с 9&gt; до 19")
    (edit,) = response.edits
    assert (edit.html or "").replace("\u00a0", " ").startswith("<b>Отправлено клиенту</b>: Лев, 25 ноября")
    assert edit.reply_markup == {"inline_keyboard": []}
    for again in presses[1:]:
        repeated = bot.receive(again)
        assert (repeated.answers, repeated.edits, notice(repeated)) == ((), (), "Уже решено: Лев")


def test_of_presses_at_once_one_sends(bot: Bot, kira: Staff) -> None:
    asked(bot, kira)
    responses = bot.receive_all(*(kira.press("send:1", QUESTION) for _ in range(5)))
    assert sum(len(response.answers) for response in responses) == 1


def test_dropped_it_is_never_sent(bot: Bot, kira: Staff) -> None:
    asked(bot, kira)
    dropped = kira.presses("drop:1", QUESTION)
    assert (dropped.answers, len(dropped.edits)) == ((), 1)
    assert kira.presses("send:1", QUESTION).answers == ()


@pytest.mark.parametrize(
    ("data", "number", "chat_id"),
    [
        ("answer:1", QUESTION, TEAM),
        ("answer:2", COMMENT, TEAM),
        ("answer:1", COMMENT, OFFICE),
        ("send:1", COMMENT, TEAM),
        ("send:2", QUESTION, TEAM),
        ("send:1", QUESTION, OFFICE),
        ("send:1", 5, TEAM),
    ],
)
def test_a_button_that_was_made_up_or_stands_elsewhere_does_nothing(
    bot: Bot, kira: Staff, data: str, number: int, chat_id: int
) -> None:
    asked(bot, kira)
    response = Staff(bot, chat_id).presses(data, number)
    assert (response.answers, response.edits) == ((), ())
    assert "здесь не действует" in notice(response)


def test_talk_in_the_group_is_nobodys_answer(bot: Bot, kira: Staff) -> None:
    assert kira.says("Завтра с девяти") == Response()
    assert replies(kira, 555) == Response()
    other = Staff(bot, OFFICE)
    assert replies(other, COMMENT) == Response()


def test_only_text_can_be_handed_on(bot: Bot, kira: Staff) -> None:
    replied = kira.message(message_id=COMMENT, text="…", **{"from": BOT_ACCOUNT})
    message = kira.message(reply_to_message=replied, voice={"file_id": "f", "file_unique_id": "u", "duration": 1})
    response = bot.receive({"update_id": 10_000, "message": message})
    assert "только текст" in texts(response)
    assert bot.rows("select 1 from notifications.replies") == []


def test_a_client_who_has_left_meanwhile_is_not_written_to(bot: Bot, anna: Person, kira: Staff) -> None:
    asked(bot, kira)
    anna.blocks()
    response = kira.presses("send:1", QUESTION)
    assert response.answers == ()
    assert "Позвоните" in notice(response)
    assert "Позвоните" in notice(kira.presses("answer:1", COMMENT))
    assert "Позвоните" in texts(replies(kira, COMMENT))
    anna.blocks(is_blocking=False)
    anna.says("Статус")
    assert len(kira.presses("send:1", QUESTION).answers) == 1


def test_an_anonymous_administrator_is_called_so(bot: Bot, kira: Staff) -> None:
    anonymous: Any = {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}}
    response = kira.presses("answer:1", COMMENT, **anonymous)
    assert texts(response).startswith("Ответьте на это сообщение")
    chat = {"id": TEAM, "type": "supergroup", "title": "Мастера"}
    written = replies(kira, COMMENT, **anonymous, sender_chat=chat)
    stands(bot, QUESTION, written.answers[0])
    edit = kira.presses("send:1", QUESTION, **anonymous).edits[0]
    assert "администратор группы" in (edit.html or "").replace("\u00a0", " ")
