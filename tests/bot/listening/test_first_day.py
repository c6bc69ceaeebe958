"""A client's first day with the bot, at the socket: the transcript in docs/clients.md is what really comes."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sancrm_notifications.bot.conversation import responder
from sancrm_notifications.ledger.invitations import make
from sancrm_notifications.settings import Settings
from tests.bot.crm import NOW, fill
from tests.desk import LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bot.listening.conftest import Ear
    from tests.conftest import Databases

DOCUMENT = Path(__file__).parents[3] / "docs" / "clients.md"
ANNA, PHONE = 101, "79123456789"
WIDTH = 116


class Day:
    """What a client does, and what the bot answers, line by line."""

    def __init__(self, ear: Ear) -> None:
        self.lines: list[str] = []
        self._ear = ear
        self._said = 0

    async def does(self, what: str, act: Callable[[], object], answers: int = 1) -> None:
        """Let the client do something, and write down what comes."""
        self.lines.append(f"Анна: {what}")
        act()
        await self._ear.until(lambda: len(self._messages()) >= self._said + answers, what)
        for message in self._messages()[self._said :]:
            self.lines += _shown(message)
        self._said = len(self._messages())

    def last(self) -> int:
        """Return the number of the latest message that has buttons."""
        return int([one for one in self._messages() if one["buttons"]][-1]["message_id"])

    def _messages(self) -> list[dict[str, Any]]:
        return [one for one in self._ear.stand_in.messages(ANNA) if one["sender"] is None]


def _shown(message: dict[str, Any]) -> list[str]:
    text = message["text"].replace("\N{NO-BREAK SPACE}", " ").split("\n")
    buttons = [f"     [ {' ] [ '.join(button['text'] for button in row)} ]" for row in message["buttons"]]
    return [f"Бот:  {text[0]}", *(f"      {line}".rstrip() for line in text[1:]), *buttons]


def first_day(ear: Ear, crm: str) -> list[str]:
    """Play the day and return its transcript."""
    zone = ZoneInfo("Europe/Moscow")
    chosen = Settings(limits=LIMITS, company_name="Инструмент-Сервис", consent_url="https://example.org/data")
    respond = partial(responder, crm, chosen, clock=lambda: NOW.astimezone(zone))
    token = make(ear.conninfo, 1, "office").token
    ear.stand_in.add_person(ANNA, "Анна", phone_number=PHONE)
    day = Day(ear)

    async def lived() -> None:
        async with ear.listening(responder=respond):
            await day.does("открывает ссылку с квитанции и нажимает «Начать»", lambda: ear.stand_in.start(ANNA, token))
            await day.does("нажимает «Да, это я»", lambda: ear.stand_in.press(ANNA, day.last(), "me:yes"), 2)
            await day.does("нажимает «Согласен»", lambda: ear.stand_in.press(ANNA, day.last(), "consent"))
            await day.does("делится номером", lambda: ear.stand_in.share_contact(ANNA, PHONE))
            await day.does("Сколько стоит?", lambda: ear.stand_in.write(ANNA, "Сколько стоит?"))
            await day.does("Когда забрать?", lambda: ear.stand_in.write(ANNA, "Когда забрать?"))
            await day.does("присылает голосовое", lambda: ear.stand_in.write(ANNA, voice={}))
            await day.does("/stop", lambda: ear.stand_in.write(ANNA, "/stop"))
            await day.does("/start", lambda: ear.stand_in.start(ANNA))

    asyncio.run(lived())
    return day.lines


def test_the_document_shows_what_comes(ear: Ear, databases: Databases) -> None:
    ear.stand_in.start(700)
    lines = first_day(ear, databases.create(databases.template("clients_crm", fill)))
    found = re.search(r"## A client's first day\n.*?```text\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    assert found[1].splitlines() == lines
