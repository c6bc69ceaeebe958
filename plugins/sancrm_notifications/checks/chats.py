"""Whether a bot may write into a chat and into its topic, found out without a message that anyone sees.

Telegram has no question for a topic, and showing «typing» is accepted for a closed and even for a deleted one. What it
does before it sends a message is to look for the topic and then at the buttons; so a message with a button that it
never takes tells whether the topic is there. Whether the topic is open only a message shows.
Source: docs/watching.md, What is looked at.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx

from sancrm_notifications.checks.line import Line, fail, note, ok
from sancrm_notifications.ledger.outcome import Result

if TYPE_CHECKING:
    from sancrm_notifications.channels.telegram.hook import BotHook
    from sancrm_notifications.checks.places import Place
    from sancrm_notifications.ledger.outcome import Outcome

# A host without a dot: refused by Telegram's own server, always, and the whole message with it.
_NEVER_TAKEN = {"inline_keyboard": [[{"text": "CRM", "url": "http://localhost"}]]}

Told = dict[str, Any]


async def chat_lines(hook: BotHook, place: Place) -> list[Line]:
    """Return how a chat stands; a group that became a supergroup is looked at under its new id."""
    typing = await _typing(hook, place)
    new_id = typing.new_chat_id
    if new_id is None:
        return [await _chat_line(hook, place, typing)]
    moved = replace(place, address=replace(place.address, chat_id=new_id))
    words = f"the group became the supergroup {new_id}; messages follow it"
    return [
        note(place.what, words, f"put {new_id} as the chat's id into {place.set_in}"),
        await _chat_line(hook, moved, await _typing(hook, moved)),
    ]


async def _typing(hook: BotHook, place: Place) -> Outcome:
    chat_id, topic = place.address.chat_id, place.address.message_thread_id
    return (await hook.ask(hook.connection.send_chat_action(chat_id, "typing", message_thread_id=topic))).answer


async def _chat_line(hook: BotHook, place: Place, typing: Outcome) -> Line:
    chat = await hook.ask(hook.connection.get_chat(place.address.chat_id))
    if chat.result is None:
        return _refused(place, chat.answer)
    line = await _known_chat_line(hook, place, typing, chat.result)
    # The title of a private chat is a person's name.
    title = None if chat.result["type"] == "private" else str(chat.result.get("title", ""))
    return replace(line, chat_id=place.address.chat_id, chat_title=title)


async def _known_chat_line(hook: BotHook, place: Place, typing: Outcome, chat: Told) -> Line:
    if chat["type"] != "private":
        member = await hook.ask(hook.connection.get_chat_member(place.address.chat_id, hook.address.bot_id))
        if member.result is None:
            return _refused(place, member.answer)
        missing = missing_right(chat, member.result)
        if missing:
            return fail(place.what, f"{_title(chat)}: {missing[0]}; {_serves(place)}", missing[1])
    if typing.http_status != httpx.codes.OK:
        return _refused(place, typing)
    return await _topic_line(hook, place, chat)


async def _topic_line(hook: BotHook, place: Place, chat: Told) -> Line:
    topic = place.address.message_thread_id
    words = f"{_title(chat)}: the bot may write"
    if topic is None:
        return ok(place.what, f"{words}; {_serves(place)}")
    payload = {"chat_id": place.address.chat_id, "message_thread_id": topic, "disable_notification": True}
    answer = await hook.call("sendMessage", {**payload, "text": "Проверка связи", "reply_markup": _NEVER_TAKEN})
    if answer.result is not Result.BAD_MESSAGE:
        return _refused(place, answer)
    return ok(place.what, f"{words}, the topic is there; {_serves(place)}")


def missing_right(chat: Told, member: Told) -> tuple[str, str] | None:
    """Return which right the bot lacks in a group or channel and what to do, None when it may write.

    ``chat`` and ``member`` are the Bot API's ChatFullInfo and ChatMember, the member being the bot.
    """
    status = member["status"]
    if status in {"left", "kicked"}:
        return "the bot is not in the chat", "add the bot to the chat"
    if chat["type"] == "channel":
        if status == "creator" or member.get("can_post_messages"):
            return None
        return "the bot may not post", "make the bot an administrator of the channel who may post messages"
    if status == "restricted" and not member.get("can_send_messages"):
        return "the bot is restricted and may not send messages", "let the bot send messages in this chat"
    if status == "member" and not chat.get("permissions", {}).get("can_send_messages", True):
        return (
            "only administrators may send messages",
            "let members send messages, or make the bot an administrator",
        )
    return None


def _refused(place: Place, answer: Outcome) -> Line:
    remedy = answer.advice or "look at the chat in Telegram, and at the network"
    return fail(place.what, f"{answer.description}; {_serves(place)}", f"{remedy}; the chat is set in {place.set_in}")


def _title(chat: Told) -> str:
    # The title of a private chat is a person's name.
    return "private chat" if chat["type"] == "private" else f"«{chat.get('title', '')}»"


def _serves(place: Place) -> str:
    return f"serves {', '.join(place.destinations)}"
