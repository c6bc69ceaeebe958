"""A client asks the workshop and is answered, from phone to group and back: played at the socket through the loop."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sancrm_notifications.bot.conversation import responder
from sancrm_notifications.settings import BranchChat, Settings
from tests.bot.crm import NOW, fill
from tests.desk import LIMITS, STAFF

if TYPE_CHECKING:
    from tests.bot.listening.conftest import Ear
    from tests.conftest import Databases

ANNA, PHONE = 101, "79123456789"
KIRA = {"id": 77, "first_name": "Кира"}


def test_a_question_reaches_the_team_and_the_confirmed_answer_the_client_once(ear: Ear, databases: Databases) -> None:
    crm = databases.create(databases.template("clients_crm", fill))
    chosen = Settings(limits=LIMITS, team_chats={7: BranchChat(chat_id=str(STAFF))})
    clock = partial(NOW.astimezone, ZoneInfo("Europe/Moscow"))
    chat = ear.stand_in
    chat.add_person(ANNA, "Анна", phone_number=PHONE)
    chat.start(700)

    def group() -> list[dict[str, Any]]:
        return [one for one in chat.messages(STAFF) if one["sender"] is None]

    def is_noted() -> bool:
        return not ear.rows("select 1 from notifications.messages where state in ('stored', 'sending')")

    async def talk() -> None:
        async with ear.listening(responder=partial(responder, crm, chosen, clock=clock)):
            chat.start(ANNA)
            await ear.until(lambda: ear.answers(ANNA), "a greeting")
            chat.share_contact(ANNA, PHONE)
            await ear.until(lambda: len(ear.answers(ANNA)) > 2, "the number is confirmed")
            chat.write(ANNA, "Можно приехать в субботу?")
            await ear.until(group, "the team is told")
            comment = group()[0]["message_id"]
            # A button acts only under what the ledger knows to be in this chat.
            await ear.until(is_noted, "what was sent is noted")
            chat.write(STAFF, "Конечно можно", sender=KIRA)
            chat.press(STAFF, comment, "answer:1", sender=KIRA)
            await ear.until(lambda: len(group()) > 1, "the team is asked for the text")
            chat.write(STAFF, "Да, до 18:00", sender=KIRA, reply_to=group()[1]["message_id"])
            await ear.until(lambda: len(group()) > 2, "the team is shown what would be sent")
            await ear.until(is_noted, "the question is noted")
            before = ear.answers(ANNA)
            question = group()[2]["message_id"]
            chat.press(STAFF, question, "send:1", sender=KIRA)
            chat.press(STAFF, question, "send:1", sender={"id": 78, "first_name": "Лев"}, is_forged=True)
            await ear.until(lambda: len(ear.answers(ANNA)) > len(before), "the client is answered")
            await ear.until(lambda: "Отправлено клиенту" in group()[2]["text"], "the group sees it")

    asyncio.run(talk())
    told, prompt, sent = (message["text"].replace("\N{NO-BREAK SPACE}", " ") for message in group())
    assert told == "Клиент пишет о заказе A-12841\nШуруповёрт Makita DF333D\nМожно приехать в субботу?"
    assert prompt.startswith("Кира, ответьте на это сообщение")
    assert sent.startswith("Отправлено клиенту: Кира")
    answers = [text.replace("\N{NO-BREAK SPACE}", " ") for text in ear.answers(ANNA)]
    assert answers[-1] == "Ответ мастерской\nМожно приехать в субботу?\nДа, до 18:00"
    assert sum("до 18:00" in text for text in answers) == 1
    assert not any("Конечно" in text for text in answers)
