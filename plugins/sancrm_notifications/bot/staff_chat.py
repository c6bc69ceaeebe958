"""A group: staff ask for a repair or for the chat's number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.bot import replying
from sancrm_notifications.bot.commands import Command, command_of
from sancrm_notifications.bot.messages import buttons, staff
from sancrm_notifications.bot.response import Answer, Response
from sancrm_notifications.bot.rules import is_code, written_code
from sancrm_notifications.ledger import group_chats

if TYPE_CHECKING:
    from telegram import Message

    from sancrm_notifications.bot.messages.buttons import Markup
    from sancrm_notifications.bot.turn import Turn
    from sancrm_notifications.settings import BranchChat


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a group something was said, and to whom the answer is shown alone; None: to all."""

    chat_id: int
    title: str
    kind: str
    message_thread_id: int | None
    receiver_user_id: int | None


async def on_message(turn: Turn, message: Message) -> Response:
    """Return what follows from what was said in a group: only commands, and answers to clients, are for us."""
    text = message.text or ""
    if not text.startswith("/"):
        return await replying.on_reply(turn, message) or Response()
    command = command_of(text, turn.bot_username)
    return Response() if command is None else await _on_command(turn, message, command)


async def _on_command(turn: Turn, message: Message, command: Command) -> Response:
    place = _place(message)
    match command.name:
        case "id":
            await group_chats.note_seen(turn.ledger, place.chat_id, place.title, place.kind, place.message_thread_id)
            return _reply(place, staff.chat_id(place.chat_id, place.message_thread_id))
        case "status":
            return await _status(turn, place, command)
        case "help":
            return _reply(place, staff.group_help() if _scope(turn, place) else staff.unknown_group())
        case "start" | "cost" | "terms" | "contacts" | "mydata" | "stop" | "delete":
            here = buttons.web_page("Написать боту", f"https://t.me/{turn.bot_username}")
            return _reply(place, staff.write_to_me(), here)
        case _:
            return Response()


async def _status(turn: Turn, place: Place, command: Command) -> Response:
    scope = _scope(turn, place)
    if scope is None:
        return _reply(place, staff.unknown_group())
    code = written_code(command.argument)
    if code is None:
        return _reply(place, staff.how_to_ask())
    found = [
        repair
        for repair in await turn.crm.repairs_by_number(code[1])
        if is_code(repair.code, *code) and (not scope or repair.branch_id in scope)
    ]
    if not found:
        return _reply(place, staff.no_such_repair(command.argument))
    names = {branch.branch_id: branch.name for branch in await turn.crm.branches()}
    html = staff.repair_lines(found, names, turn.now, whole_roubles=turn.settings.whole_roubles)
    return _reply(place, html)


def _scope(turn: Turn, place: Place) -> frozenset[int] | None:
    """Return the branches that may be asked for here; empty: all of them; None: the group is nobody's."""
    if turn.office is not None and _is_at(place, turn.office):
        return frozenset()
    branches = frozenset(branch_id for branch_id, chat in turn.settings.team_chats.items() if _is_at(place, chat))
    return branches or None


def _is_at(place: Place, chat: BranchChat) -> bool:
    """Tell whether a place is this chat: its topic, where the chat is one, and any of its topics where it is not."""
    is_topic = chat.message_thread_id is None or chat.message_thread_id == place.message_thread_id
    return chat.chat_id == str(place.chat_id) and is_topic


def _place(message: Message) -> Place:
    # Whoever writes as the group itself has no account that could be shown something alone.
    sender = None if message.sender_chat or message.from_user is None else message.from_user.id
    topic = message.message_thread_id if message.is_topic_message else None
    return Place(message.chat.id, message.chat.title or "", message.chat.type, topic, sender)


def _reply(place: Place, html: str, markup: Markup | None = None) -> Response:
    return Response((Answer(place.chat_id, html, markup, place.message_thread_id, place.receiver_user_id),))
