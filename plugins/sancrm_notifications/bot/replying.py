"""«Ответить клиенту» under a comment: staff write, see what the client would get, and one of them confirms it.

Nothing that is typed in a group reaches a client without that. Source: docs/clients.md, Comments for the workshop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.bot.calling import caller_of
from sancrm_notifications.bot.messages import buttons, requests, staff
from sancrm_notifications.bot.response import Answer, Edit, Response
from sancrm_notifications.ledger import comments
from sancrm_notifications.ledger.pressed import answer_in_chat
from sancrm_notifications.text.buttons import Action, ActionButton, stored

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from telegram import CallbackQuery, Message

    from sancrm_notifications.bot.turn import Turn


async def on_answer(turn: Turn, pressed: CallbackQuery, comment_id: int) -> Response:
    """Return what follows from «Ответить клиенту»: who pressed is asked for the text."""
    if (await _figures(turn, pressed)).get("comment_id") != comment_id:
        return Response(notice=staff.not_here())
    comment = await comments.comment(turn.ledger, comment_id)
    if comment is None or comment.user_id is None:
        return Response(notice=staff.client_is_gone())
    user = pressed.from_user
    html = staff.ask_reply(None if user.is_bot else user.full_name, user.id)
    force: Mapping[str, Any] = {"force_reply": True, "selective": not user.is_bot}
    thread = getattr(pressed.message, "message_thread_id", None) if _is_topic(pressed.message) else None
    return Response((Answer(turn.chat_id, html, force, thread, figures={"comment_id": comment_id}),))


async def on_reply(turn: Turn, message: Message) -> Response | None:
    """Return what the client would get, to be confirmed; None: it is no reply to a comment."""
    replied = message.reply_to_message
    if replied is None:
        return None
    writer = replied.from_user.id if replied.from_user else None
    figures = await answer_in_chat(turn.ledger, turn.chat_id, replied.message_id, writer)
    comment = await comments.comment(turn.ledger, int(figures["comment_id"])) if "comment_id" in figures else None
    if comment is None:
        return None
    thread = message.message_thread_id if message.is_topic_message else None
    if comment.user_id is None:
        return Response((Answer(turn.chat_id, staff.client_is_gone(), message_thread_id=thread),))
    if not message.text:
        return Response((Answer(turn.chat_id, staff.only_text(), message_thread_id=thread),))
    who = staff.ADMINISTRATOR if message.sender_chat or message.from_user is None else message.from_user.full_name
    reply_id = await comments.note_reply(turn.ledger, comment.comment_id, message.text, who)
    html = staff.confirm_reply(requests.reply(message.text, comment.text))
    rows = [[ActionButton("Отправить", Action.SEND, reply_id), ActionButton("Не отправлять", Action.DROP, reply_id)]]
    markup = {"inline_keyboard": stored(rows)}
    return Response((Answer(turn.chat_id, html, markup, thread, figures={"reply_id": reply_id}),))


async def on_decision(turn: Turn, pressed: CallbackQuery, reply_id: int, *, is_sent: bool) -> Response:
    """Return what follows from «Отправить» or «Не отправлять»: the first press decides."""
    if pressed.message is None or (await _figures(turn, pressed)).get("reply_id") != reply_id:
        return Response(notice=staff.not_here())
    reply = await comments.reply(turn.ledger, reply_id)
    if reply is None or reply.text is None:
        return Response(notice=staff.not_here())
    if reply.decided_by is not None:
        return Response(notice=staff.decided_before(reply.decided_by))
    comment = await comments.comment(turn.ledger, reply.comment_id)
    client = comment.user_id if comment else None
    if is_sent and (client is None or comment is None):
        return Response(notice=staff.client_is_gone())
    who = caller_of(pressed).name
    await comments.decide(turn.ledger, reply_id, who, is_sent=is_sent)
    html = staff.decided(reply.text, who, turn.now, is_sent=is_sent)
    edit = Edit(turn.chat_id, pressed.message.message_id, html, buttons.NO_BUTTONS)
    if not is_sent or client is None or comment is None:
        return Response(edits=(edit,))
    return Response((Answer(client, requests.reply(reply.text, comment.text), buttons.MENU),), (edit,), staff.sent())


async def _figures(turn: Turn, pressed: CallbackQuery) -> Mapping[str, Any]:
    if pressed.message is None:
        return {}
    writer = getattr(pressed.message, "from_user", None)
    writer_id = None if writer is None else writer.id
    return await answer_in_chat(turn.ledger, turn.chat_id, pressed.message.message_id, writer_id)


def _is_topic(message: object) -> bool:
    return bool(getattr(message, "is_topic_message", False))
