"""A small responder: what comes is echoed, counted in a table of its own, and a few words do what can go wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sancrm_notifications.bot.activation import Description, Profile
from sancrm_notifications.bot.response import Answer, CrmSilent, Edit, Response

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import DictRow
    from telegram import Update

PROFILE = Profile(
    {"all_private_chats": [("status", "Что с моим ремонтом")], "all_group_chats": [("id", "Номер этого чата")]},
    Description("Скажу, готов ли инструмент.", "Готов ли инструмент"),
)
# What an update does, beside its answer: a row, once.
EFFECT = "insert into notifications.effects (update_id) values (%s)"
MAKE_EFFECTS = "create table if not exists notifications.effects (update_id bigint)"
KEYBOARD = {"inline_keyboard": [[{"text": "Готово", "callback_data": "done"}]]}


@dataclass
class Responder:
    """A Respond; the CRM answers it unless ``crm_is_silent``."""

    crm_is_silent: bool = False
    seen: list[int] = field(default_factory=list)

    async def __call__(self, ledger: psycopg.AsyncConnection[DictRow], update: Update) -> Response:
        """Echo."""
        self.seen.append(update.update_id)
        await ledger.execute(EFFECT, (update.update_id,))
        query = update.callback_query
        if query is not None:
            assert query.message is not None
            edit = Edit(query.message.chat.id, query.message.message_id, "Сделано", {"inline_keyboard": []})
            return Response(edits=(edit,), notice="Отмечено")
        message = update.message
        if message is None or message.text == "конец":
            return Response()
        text = message.text or ""
        if text.startswith("CRM") and self.crm_is_silent:
            raise CrmSilent
        if text == "поломка":
            raise ZeroDivisionError(text)
        markup = KEYBOARD if text == "кнопка" else None
        thread = message.message_thread_id if message.is_topic_message else None
        return Response((Answer(message.chat.id, f"Ответ: {text}", markup, thread),))
