"""A person's Telegram: updates as the Bot API sends them, given to the bot inside one transaction each."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row
from telegram import Update

from sancrm_notifications import databases
from sancrm_notifications.bot.conversation import responder
from sancrm_notifications.ledger.group_chats import groups_met
from sancrm_notifications.settings import BranchChat, Settings
from tests.bot.crm import NOW

if TYPE_CHECKING:
    from sancrm_notifications.bot.conversation import Conversation
    from sancrm_notifications.bot.response import Answer, Response
    from sancrm_notifications.ledger.group_chats import GroupChat

BOT = "sancrm_test_bot"
BOT_ACCOUNT = {"id": 1, "is_bot": True, "first_name": "B"}
TEAM, OFFICE = -1007, -1001
_numbers = itertools.count(1)
_UNIX = int(NOW.timestamp())


@dataclass
class Bot:
    """The bot with its ledger and its CRM; ``now`` is what its clock says."""

    ledger: str
    crm: str
    now: datetime = NOW
    settings: Settings = field(
        default_factory=lambda: Settings(
            company_name="Инструмент-Сервис",
            consent_url="https://example.org/data",
            public_status_url="https://example.org/status",
            team_chats={7: BranchChat(chat_id=str(TEAM))},
        )
    )
    responses: list[Response] = field(default_factory=list)

    def receive(self, update: dict[str, Any]) -> Response:
        """Give an update to the bot, as the listener does."""
        return asyncio.run(self._receive([update]))[-1]

    def receive_all(self, *updates: dict[str, Any]) -> list[Response]:
        """Give updates at once, each in a connection of its own, as two listeners would."""

        async def together() -> list[Response]:
            done = await asyncio.gather(*(self._receive([update]) for update in updates))
            return [response for one in done for response in one]

        return asyncio.run(together())

    async def _receive(self, updates: list[dict[str, Any]]) -> list[Response]:
        zone = ZoneInfo("Europe/Moscow")
        office = BranchChat(chat_id=str(OFFICE))
        respond = responder(self.crm, self.settings, BOT, lambda: self.now.astimezone(zone), office)
        connection = await databases.connect_async(self.ledger, databases.LEDGER)
        responses = []
        try:
            for update in updates:
                async with connection.transaction():
                    responses.append(await respond(connection, Update.de_json(update, None)))
        finally:
            await connection.close()
            await _closed(respond)
        self.responses += responses
        return responses

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Look into the ledger."""
        with psycopg.connect(self.ledger, row_factory=dict_row) as connection:
            return connection.execute(statement.encode()).fetchall()

    def groups(self) -> list[GroupChat]:
        """Return the groups that the bot has met, the latest first."""
        with psycopg.connect(self.ledger) as connection:
            return groups_met(connection)

    def change(self, statement: str, *, is_crm: bool = True) -> None:
        """Change a row of the CRM, or of the ledger."""
        with psycopg.connect(self.crm if is_crm else self.ledger) as connection:
            connection.execute(statement.encode())


async def _closed(respond: Any) -> None:
    conversation: Conversation = respond
    await conversation.close()


@dataclass
class Person:
    """Somebody with Telegram, in a private chat with the bot."""

    bot: Bot
    user_id: int
    name: str = "Пётр"
    number: str = "79123456789"

    def update(self, kind: str, **content: Any) -> dict[str, Any]:
        """Return an update about this person's chat."""
        return {"update_id": next(_numbers), kind: content}

    def message(self, **content: Any) -> dict[str, Any]:
        """Return a message from this person to the bot."""
        usual = {
            "message_id": next(_numbers),
            "date": _UNIX,
            "from": {"id": self.user_id, "is_bot": False, "first_name": self.name, "language_code": "ru"},
            "chat": {"id": self.user_id, "type": "private", "first_name": self.name},
        }
        return {**usual, **content}

    def says(self, text: str, **content: Any) -> Response:
        """Send a text."""
        return self.bot.receive(self.update("message", **self.message(text=text, **content)))

    def sends(self, **content: Any) -> Response:
        """Send something else."""
        return self.bot.receive(self.update("message", **self.message(**content)))

    def contact(self, **more: Any) -> dict[str, Any]:
        """Return the update of sharing the own contact."""
        contact = {"phone_number": self.number, "first_name": self.name, "user_id": self.user_id}
        return self.update("message", **self.message(contact={**contact, **more.pop("contact", {})}, **more))

    def shares(self, **more: Any) -> Response:
        """Share the own contact, or another with these fields."""
        return self.bot.receive(self.contact(**more))

    def press(self, data: str, message_id: int = 5) -> dict[str, Any]:
        """Return the update of a pressed button."""
        sender = self.message()["from"]
        message = {
            **self.message(text="…"),
            "message_id": message_id,
            "from": {"id": 1, "is_bot": True, "first_name": "B"},
        }
        return self.update(
            "callback_query", **{"id": "1", "from": sender, "chat_instance": "1"}, message=message, data=data
        )

    def presses(self, data: str) -> Response:
        """Press a button, also one that the bot never showed."""
        return self.bot.receive(self.press(data))

    def blocks(self, *, is_blocking: bool = True) -> Response:
        """Block the bot, or unblock it."""
        status = ["member", "kicked"] if is_blocking else ["kicked", "member"]
        user = {"id": 1, "is_bot": True, "first_name": "B"}
        old, new = ({"user": user, "status": one, **({"until_date": 0} if one == "kicked" else {})} for one in status)
        message = self.message()
        content = {"chat": message["chat"], "from": message["from"], "date": _UNIX}
        return self.bot.receive(self.update("my_chat_member", **content, old_chat_member=old, new_chat_member=new))


@dataclass
class Staff:
    """Somebody of a team in a group."""

    bot: Bot
    chat_id: int = TEAM
    user_id: int = 77
    name: str = "Кира"

    def message(self, **content: Any) -> dict[str, Any]:
        """Return a message in the group."""
        usual = {
            "message_id": next(_numbers),
            "date": _UNIX,
            "from": {"id": self.user_id, "is_bot": False, "first_name": self.name},
            "chat": {"id": self.chat_id, "type": "supergroup", "title": "Мастера"},
        }
        return {**usual, **content}

    def says(self, text: str, **content: Any) -> Response:
        """Write into the group."""
        return self.bot.receive({"update_id": next(_numbers), "message": self.message(text=text, **content)})

    def press(self, data: str, message_id: int, **content: Any) -> dict[str, Any]:
        """Return the update of a button pressed below a message of the bot."""
        message = {**self.message(text="…"), "message_id": message_id, "from": BOT_ACCOUNT}
        query = {"id": "1", "from": self.message()["from"], "chat_instance": "1", "message": message, "data": data}
        return {"update_id": next(_numbers), "callback_query": {**query, **content}}

    def presses(self, data: str, message_id: int, **content: Any) -> Response:
        """Press a button below a message of the bot."""
        return self.bot.receive(self.press(data, message_id, **content))


def texts(response: Response) -> str:
    """Return all that is answered, no-break spaces as spaces."""
    return "\n".join(answer.html for answer in response.answers).replace("\u00a0", " ")


def notice(response: Response) -> str:
    """Return what is shown at the pressed button, no-break spaces as spaces."""
    return (response.notice or "").replace("\u00a0", " ")


def pressable(answer: Answer) -> list[str]:
    """Return what the buttons under an answer send back."""
    rows = (answer.reply_markup or {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row]


def later(**span: int) -> datetime:
    """Return an instant after the usual one."""
    return NOW + timedelta(**span)
