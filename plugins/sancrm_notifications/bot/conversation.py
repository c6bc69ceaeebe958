"""Makes of each update what the bot answers: a client's chat, a group of staff, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.bot import client_chat, pressing, staff_chat
from sancrm_notifications.bot.messages import dead_ends, staff
from sancrm_notifications.bot.response import CrmSilent, Respond, Response
from sancrm_notifications.bot.turn import Turn
from sancrm_notifications.crm.clients import Clients, SilentError
from sancrm_notifications.ledger import bindings, group_chats
from sancrm_notifications.text import buttons

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import psycopg
    from psycopg.rows import DictRow
    from telegram import CallbackQuery, ChatMemberUpdated, Message, Update

    from sancrm_notifications.settings import BranchChat, Settings

    Connection = psycopg.AsyncConnection[DictRow]

_GONE = frozenset({"kicked", "left"})
_GROUPS = frozenset({"group", "supergroup"})


def responder(
    crm_conninfo: str,
    settings: Settings,
    bot_username: str,
    clock: Callable[[], datetime],
    office: BranchChat | None = None,
) -> Respond:
    """Return what decides about updates.

    ``crm_conninfo`` is the CRM's libpq string; ``clock`` returns the present moment in the zone that days are counted
    in; ``office`` is the common chat of staff, where all branches may be asked for and «Это не я» is told.
    """
    return Conversation(Clients(crm_conninfo, settings.phone_region), settings, bot_username, clock, office)


class Conversation:
    """Decides what updates mean; one for the life of a listener, whose connection to the CRM it holds."""

    def __init__(
        self,
        crm: Clients,
        settings: Settings,
        bot_username: str,
        clock: Callable[[], datetime],
        office: BranchChat | None,
    ) -> None:
        self._crm = crm
        self._settings = settings
        self._bot_username = bot_username
        self._clock = clock
        self._office = office

    async def __call__(self, ledger: Connection, update: Update) -> Response:
        """Return what the update is answered with.

        :raises CrmSilent: the CRM is needed and does not answer in time
        """
        try:
            return await self._response(ledger, update)
        except SilentError as error:
            raise CrmSilent(str(error)) from None

    async def close(self) -> None:
        """Close the connection to the CRM."""
        await self._crm.close()

    async def _response(self, ledger: Connection, update: Update) -> Response:
        if update.my_chat_member is not None:
            return await _on_membership(ledger, update.my_chat_member)
        if update.callback_query is not None:
            return await self._on_press(ledger, update.callback_query)
        message = update.message or update.edited_message
        if message is None:
            return Response()
        return await self._on_message(ledger, message, is_edited=update.message is None)

    async def _on_message(self, ledger: Connection, message: Message, *, is_edited: bool) -> Response:
        sender = message.from_user
        # Two bots that answer one another never end; an administrator who writes as the group comes as a bot, too.
        is_bot = sender is None or (sender.is_bot and message.sender_chat is None)
        if is_bot or sender is None or message.via_bot is not None:
            return Response()
        turn = self._turn(ledger, message.chat.id, sender.id)
        if message.chat.type == "private":
            return await client_chat.on_message(turn, message, is_edited=is_edited)
        if message.chat.type in _GROUPS and not is_edited:
            return await staff_chat.on_message(turn, message)
        return Response()

    async def _on_press(self, ledger: Connection, pressed: CallbackQuery) -> Response:
        if pressed.message is None:
            return Response(notice=dead_ends.old_button())
        turn = self._turn(ledger, pressed.message.chat.id, pressed.from_user.id)
        asked = buttons.pressed(pressed.data or "")
        if asked is not None:
            return await pressing.on_action(turn, pressed, *asked)
        if pressed.message.chat.type == "private":
            return await client_chat.on_press(turn, pressed)
        return Response(notice=staff.not_here())

    def _turn(self, ledger: Connection, chat_id: int, user_id: int) -> Turn:
        return Turn(
            ledger, self._crm, self._settings, self._bot_username, self._clock(), chat_id, user_id, self._office
        )


async def _on_membership(ledger: Connection, changed: ChatMemberUpdated) -> Response:
    """Note what has become of the bot in a chat: blocked by a person, added to a group or removed."""
    status = changed.new_chat_member.status
    if changed.chat.type == "private":
        if status in _GONE:
            await bindings.block(ledger, changed.chat.id)
        return Response()
    await group_chats.note_group(ledger, changed.chat.id, changed.chat.title or "", changed.chat.type, status)
    return Response()
