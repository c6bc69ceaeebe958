"""«Позвонил» from the finger to the chat: pressed at the socket, handled by the loop, edited in the group."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sancrm_notifications.bot.conversation import responder
from sancrm_notifications.settings import Settings
from sancrm_notifications.text.buttons import Action, ActionButton, Button
from tests.bot.listening.conftest import CLIENT
from tests.desk import DAY, STAFF, Desk, report

if TYPE_CHECKING:
    from tests.bot.listening.conftest import Ear

ZONE = ZoneInfo("Europe/Moscow")
BUTTONS = ((Button("Открыть в CRM", "https://crm.example.org/7"), ActionButton("Позвонил", Action.CALLED, 7)),)


def test_a_press_marks_the_message_in_the_chat_and_tells_who_comes_later(ear: Ear) -> None:
    today = datetime.now(ZONE).date().isoformat()
    calls = replace(DAY, notification="missed_calls", period=today, name=f"missed_calls/{today}")
    desk = Desk(ear.conninfo, ear.stand_in)
    figures = {"repairs": [{"repair_id": 7, "code": "B-7"}]}
    ear.stand_in.start(CLIENT)

    async def talk() -> None:
        async with ear.listening(responder=partial(responder, "", Settings(), clock=lambda: datetime.now(ZONE))):
            await ear.until(lambda: ear.rows("select 1 from notifications.listeners"), "somebody listens")
            desk.store(report("repair:7", "Перезвонить", buttons=BUTTONS, figures=figures), batch=calls)
            await desk.delivering(calls)
            (message,) = ear.stand_in.messages(STAFF)
            for user_id, name in ((77, "Кира"), (78, "Лев")):
                sender = {"id": user_id, "first_name": name}
                ear.stand_in.press(STAFF, message["message_id"], "called:7", sender=sender, is_forged=user_id == 78)
                await ear.until(lambda: ear.stand_in.queries()[-1]["state"] == "answered", "a notice")
            await ear.until(lambda: "✓ позвонили: Кира" in ear.stand_in.messages(STAFF)[0]["text"], "the mark")

    asyncio.run(talk())
    (message,) = ear.stand_in.messages(STAFF)
    assert [[button["text"] for button in row] for row in message["buttons"]] == [["Открыть в CRM"]]
    notices = [query["answer"]["text"].replace("\N{NO-BREAK SPACE}", " ") for query in ear.stand_in.queries()]
    assert notices == ["Отмечено, спасибо!", "Уже отмечено: Кира"]
    assert ear.rows("select repair_id, called_by from notifications.callbacks_done") == [
        {"repair_id": 7, "called_by": "Кира"}
    ]
