"""One update: its inbox row, its effect and its answers in one transaction, once, however often it comes."""

from __future__ import annotations

import asyncio
import logging
import traceback
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import telegram

from sancrm_notifications.bot import apologies
from sancrm_notifications.bot.response import CrmSilent, Response
from sancrm_notifications.bot.updates import Incoming, Json, kept, read
from sancrm_notifications.ledger import inbox
from sancrm_notifications.ledger.inbox import Outgoing, Received
from sancrm_notifications.ledger.listeners import require_lease

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg.rows import DictRow

    from sancrm_notifications.bot.pool import Pool
    from sancrm_notifications.bot.response import Answer, Edit, Respond
    from sancrm_notifications.ledger.inbox import Origin
    from sancrm_notifications.ledger.listeners import Listener

    Connection = psycopg.AsyncConnection[DictRow]
    Stored = list[tuple[str, str]]

log = logging.getLogger(__name__)

RESPOND_SECONDS = 10.0
MOST_MESSAGES = 10
"""So many messages of one person within ``QUIET`` are answered one by one; the others together, when it is quiet."""
QUIET = timedelta(seconds=10)
_CRM_SILENT = "the CRM does not answer"
_FIRST_RETRY = timedelta(seconds=5)
_LONGEST_RETRY = timedelta(seconds=60)
_MOST_FAILURES = 5


@dataclass(frozen=True, slots=True)
class Effect:
    """What an update led to: ``what`` is counted, ``stored`` is to be sent now, ``notice`` to be shown at a button."""

    what: str
    stored: Iterable[tuple[str, str]] = ()
    query_id: str | None = None
    notice: str | None = None


class Handling:
    """Handles the updates of one bot for one listener."""

    def __init__(self, pool: Pool, listener: Listener, origin: Origin, respond: Respond, bot: telegram.Bot) -> None:
        self._pool = pool
        self._listener = listener
        self._origin = origin
        self._respond = respond
        self._bot = bot

    async def handle(self, raw: Json, update_id: int) -> Effect:
        """Handle an update that has come, perhaps not for the first time.

        :raises psycopg.DatabaseError: the ledger was lost (OperationalError), or another listens (LEASE_LOST)
        """
        incoming = read(raw, update_id, self._bot.username)
        update = self._parsed(incoming)
        async with self._pool.transaction() as connection:
            received = await inbox.receive(connection, self._received(incoming, update))
            if received is None:
                notice = await inbox.known_notice(connection, self._origin.bot_id, update_id)
                return Effect("repeated", query_id=incoming.query_id, notice=notice)
            inbox_id, is_old = received
            effect = await self._effect(connection, incoming, update, inbox_id, is_old=is_old)
            await require_lease(connection, self._listener)
        return effect

    async def handle_waiting(self, inbox_id: int) -> Effect | None:
        """Try again what has waited; None when it still has to."""
        async with self._pool.transaction() as connection:
            row = await inbox.lock_waiting(connection, inbox_id)
            if row is None:
                return Effect("repeated")
            if row["is_past_use"]:
                await inbox.give_up(connection, inbox_id, "nobody could answer it for a day")
                return Effect("given_up")
            incoming = read(row["content"], row["update_id"], self._bot.username)
            response = await self._response(connection, incoming, self._parsed(incoming))
            if isinstance(response, str):
                await self._wait_on(connection, incoming, inbox_id, row["tries"], response)
                effect = None
            else:
                stored = await self._settle(connection, incoming, inbox_id, response, is_collected=True)
                effect = Effect("answered_later", stored)
            await require_lease(connection, self._listener)
        return effect

    async def due(self) -> list[int]:
        """Return what waits and may be tried again, the oldest first."""
        async with self._pool.transaction() as connection:
            return [inbox_id for inbox_id, _ in await inbox.due(connection, self._origin.bot_id)]

    async def give_collected(self) -> Stored:
        """Store one message for each chat that has several answers, or late ones; return where they go."""
        stored: Stored = []
        async with self._pool.transaction() as connection:
            for chat_id in await inbox.collected_chats(connection, self._origin.bot_id, QUIET):
                stored += await self._give_together(connection, chat_id)
            if stored:
                await require_lease(connection, self._listener)
        return stored

    async def unsent(self) -> Stored:
        """Show as expired what is no longer worth sending; return what is left, whoever has stored it."""
        async with self._pool.transaction() as connection:
            await inbox.expire_answers(connection, self._origin.bot_id)
            return await inbox.unsent(connection, self._origin.bot_id)

    def _parsed(self, incoming: Incoming) -> telegram.Update | None:
        if not incoming.is_for_us:
            return None
        try:
            return telegram.Update.de_json(incoming.raw, self._bot)
        except Exception as error:  # noqa: BLE001, RUF100 - python-telegram-bot fails in many ways on what it did not expect
            log.warning("update %s cannot be read: %s", incoming.update_id, type(error).__name__)
            return None

    def _received(self, incoming: Incoming, update: telegram.Update | None) -> Received:
        state = "passed_over" if not incoming.is_for_us else "handled" if update is not None else "unreadable"
        return Received(
            bot_id=self._origin.bot_id,
            update_id=incoming.update_id,
            kind=incoming.kind,
            state=state,
            chat_id=incoming.chat_id,
            user_id=incoming.user_id,
            content=kept(incoming.raw) if incoming.is_for_us else None,
            asked_at=incoming.asked_at,
        )

    async def _effect(
        self, connection: Connection, incoming: Incoming, update: telegram.Update | None, inbox_id: int, *, is_old: bool
    ) -> Effect:
        if update is None:
            return Effect("unreadable" if incoming.is_for_us else "passed_over", query_id=incoming.query_id)
        if await self._is_too_much(connection, incoming):
            reason = "many messages within seconds: answered together when it is quiet"
            await inbox.put_off(connection, inbox_id, incoming.raw, after=QUIET, reason=reason)
            return Effect("put_off")
        response = await self._response(connection, incoming, update)
        if isinstance(response, str):
            return await self._put_off(connection, incoming, inbox_id, response)
        stored = await self._settle(connection, incoming, inbox_id, response, is_collected=is_old)
        return Effect("handled", stored, incoming.query_id, response.notice)

    async def _is_too_much(self, connection: Connection, incoming: Incoming) -> bool:
        if incoming.kind != "message" or incoming.user_id is None:
            return False
        number = await inbox.messages_of_late(connection, self._origin.bot_id, incoming.user_id, QUIET)
        return number > MOST_MESSAGES

    async def _response(
        self, connection: Connection, incoming: Incoming, update: telegram.Update | None
    ) -> Response | str:
        """Return what the update is answered with, or why nobody can say it now; then it had no effect."""
        if update is None:
            return Response()
        try:
            async with connection.transaction(), asyncio.timeout(RESPOND_SECONDS):
                return await self._respond(connection, update)
        except CrmSilent:
            return _CRM_SILENT
        except psycopg.OperationalError:
            if connection.closed:
                raise
            return "OperationalError"
        except Exception as error:  # noqa: BLE001, RUF100 - whatever one update breaks, the others are answered
            # The words of an error may repeat what a person wrote: only its kind and place are said.
            at = traceback.extract_tb(error.__traceback__)[-1]
            name = type(error).__name__
            log.error("update %s: %s at %s:%s", incoming.update_id, name, at.filename, at.lineno)  # noqa: TRY400
            return name

    async def _put_off(self, connection: Connection, incoming: Incoming, inbox_id: int, reason: str) -> Effect:
        """Let the update wait, and say once in its chat that the answer comes later."""
        await inbox.put_off(connection, inbox_id, incoming.raw, after=_FIRST_RETRY, reason=reason)
        stored: Stored = []
        if (
            incoming.kind == "message"
            and incoming.chat_id is not None
            and await inbox.is_first_to_wait(connection, self._origin.bot_id, incoming.chat_id, inbox_id)
        ):
            later = Outgoing(incoming.chat_id, apologies.LATER, incoming.message_thread_id)
            stored = await inbox.store_answers(connection, self._origin, f"{inbox_id}.later", [later])
        notice = apologies.LATER if incoming.query_id else None
        return Effect("put_off", stored, incoming.query_id, notice)

    async def _wait_on(
        self, connection: Connection, incoming: Incoming, inbox_id: int, tries: int, reason: str
    ) -> None:
        if reason != _CRM_SILENT and tries >= _MOST_FAILURES:
            await inbox.give_up(connection, inbox_id, f"it could not be answered: {reason}")
            return
        after = min(_FIRST_RETRY * 2 ** min(tries, 10), _LONGEST_RETRY)
        await inbox.put_off(connection, inbox_id, incoming.raw, after=after, reason=reason)

    async def _settle(
        self, connection: Connection, incoming: Incoming, inbox_id: int, response: Response, *, is_collected: bool
    ) -> Stored:
        """Note the effect; store the answers, or keep them to be given with others of their chat."""
        answers = [_outgoing(answer) for answer in response.answers]
        edits = [_outgoing_edit(edit) for edit in response.edits]
        collected = [answer for answer in answers if is_collected and answer.chat_id == incoming.chat_id]
        await inbox.settle(connection, inbox_id, kept(incoming.raw), collected=collected, notice=response.notice)
        at_once = [answer for answer in answers if answer not in collected] + edits
        return await inbox.store_answers(connection, self._origin, str(inbox_id), at_once)

    async def _give_together(self, connection: Connection, chat_id: str) -> Stored:
        taken = await inbox.take_collected(connection, self._origin.bot_id, chat_id)
        answers = [answer for one in taken for answer in one.answers]
        if not answers:
            return []
        is_after_outage = any(one.is_old for one in taken)
        html = apologies.together((answer.html for answer in answers), is_after_outage=is_after_outage)
        last = answers[-1]
        markup = next((answer.reply_markup for answer in reversed(answers) if answer.reply_markup), None)
        together = Outgoing(chat_id, html, last.message_thread_id, last.receiver_user_id, markup)
        return await inbox.store_answers(connection, self._origin, f"{taken[-1].inbox_id}.together", [together])


def _outgoing(answer: Answer) -> Outgoing:
    return Outgoing(
        str(answer.chat_id),
        answer.html,
        answer.message_thread_id,
        answer.receiver_user_id,
        answer.reply_markup,
        figures=answer.figures,
    )


def _outgoing_edit(edit: Edit) -> Outgoing:
    return Outgoing(str(edit.chat_id), edit.html or "", reply_markup=edit.reply_markup, edits=edit.message_id)
