"""One attempt: a claimed message is sent at its reserved moment, and what came of it is noted.

The timeline of a reservation, for one chat::

      asked_at    answer           look again          moment      at the latest           end of the lease
         │           │                  │                 │              │                        │
    ─────┼───────────┼──────────────────┼─────────────────┼──────────────┼────────────────────────┼────►
         │◄──────── wait, up to 2 s ─────────────────────►│
                                        │◄──── 0.5 s ────►│◄─── 10 s ───►│
                                                          │◄──────────────── 100 s ──────────────►│

The wait is AHEAD at most, in ``ledger/claiming.py``, an answer's twice that, and counts from somewhere between the
question and its answer: for the moment the later is taken, so that no request is early; for the end the earlier,
because this process may have been paused in between. A reservation that is short is not looked at again.  A process
that slept past the latest moment (paused, swapped out) gives the claim back; one that dies leaves it to the lease
(ATTEMPT_LEASE), after which the attempt is unknown.  What was not sent, or perhaps not, waits ``_BACKOFF_SECONDS``
before the next attempt.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sancrm_notifications.delivery.drawing import METHOD, Drawings, UndrawableError
from sancrm_notifications.delivery.errors import TokenRefusedError
from sancrm_notifications.delivery.post import names_missing, post_of, wants_rich
from sancrm_notifications.ledger.outcome import Outcome, Result
from sancrm_notifications.ledger.recording import Attempt, Chat, Claimed

if TYPE_CHECKING:
    from sancrm_notifications.channels.channel import Channel, Request
    from sancrm_notifications.ledger.claiming import Claim, Ledger
    from sancrm_notifications.settings import Settings

log = logging.getLogger(__name__)

# So long before a moment reserved further ahead it is looked at again: late enough for the usual requests of a window
# before to have ended, early enough that nothing but sleep lies right before the request.
_LOOK_AGAIN_SECONDS = 0.5
_LATEST_START_SECONDS = 10.0
_BACKOFF_SECONDS = (2.0, 5.0, 15.0)  # after so many attempts in a row that brought no answer
_NOT_THERE = Outcome(Result.UNEDITABLE, description="the chat or the bot is another now, and counts its messages anew")
_CHAT_OUT_OF_REACH = {Result.CHAT_GONE, Result.CHAT_CLOSED}


@dataclass(slots=True)
class ServedChat:
    """A chat being served: its ledger identity, its channel, and the topic of each destination."""

    known: Chat
    channel: Channel
    topics: dict[str, int | None]


@dataclass(frozen=True, slots=True)
class Reservation:
    """When a claimed message may be sent, both on this process's monotonic clock: see the timeline above."""

    moment: float
    lapses_at: float

    @classmethod
    def of(cls, claim: Claim) -> Reservation:
        """Return the reservation of a claim that has just been answered."""
        return cls(
            moment=time.monotonic() + claim.wait_seconds,
            lapses_at=claim.asked_at + claim.wait_seconds + _LATEST_START_SECONDS,
        )

    def has_lapsed(self) -> bool:
        """Tell whether it is too late to send on it."""
        return time.monotonic() > self.lapses_at


class Attempts:
    """Makes attempts for one delivery."""

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._settings = settings
        self._drawings = Drawings()

    async def make(self, chat: ServedChat, claimed: Claimed, reservation: Reservation, failures: int) -> Outcome | None:
        """Send a claimed message at its moment and note the outcome; None when the claim was given back.

        ``failures`` is how many attempts in this chat brought no answer, one after the other.

        :raises TokenRefusedError: nothing can be sent with this token
        """
        try:
            chat_id = await self._chat_id(chat, claimed)
            request, hindered = await self._request(chat, claimed, chat_id)
            is_mine = await self._sleep_until(reservation.moment, claimed)
        except BaseException:
            await self._ledger.abandon(chat.known.bot_id, claimed.attempt_id)
            raise
        if not is_mine or reservation.has_lapsed():
            await self._ledger.abandon(chat.known.bot_id, claimed.attempt_id)
            return None
        began = time.monotonic()
        outcome = hindered or await self._outcome(chat, claimed, chat_id, request)
        attempt = Attempt(
            claimed=claimed,
            chat=chat.known,
            chat_id=chat_id,
            method=request.method,
            form=request.form,
            server=chat.channel.server,
            message_thread_id=chat.topics[claimed.destination],
            seconds=time.monotonic() - began,
        )
        await self._ledger.note(attempt, outcome, after_seconds=_BACKOFF_SECONDS[failures])
        _report(claimed, outcome)
        await self._follow(chat, chat_id, outcome)
        return outcome

    async def _outcome(self, chat: ServedChat, claimed: Claimed, chat_id: str, request: Request) -> Outcome:
        if claimed.is_edit and not _is_editable(chat, claimed, chat_id):
            return _NOT_THERE
        outcome = await chat.channel.send(request)
        if chat_id != chat.known.chat_id and outcome.result in _CHAT_OUT_OF_REACH:
            # The bot has left a former chat: that says nothing of the present one.
            return replace(outcome, result=Result.UNEDITABLE)
        if not claimed.is_edit and outcome.result is Result.UNEDITABLE:
            # It is not in the chat: to leave it as it is would lose it.
            return replace(outcome, result=Result.BAD_MESSAGE)
        return outcome

    async def _sleep_until(self, moment: float, claimed: Claimed) -> bool:
        """Sleep until the moment of sending; return whether the claim still holds then."""
        if moment - time.monotonic() > _LOOK_AGAIN_SECONDS:
            await asyncio.sleep(moment - time.monotonic() - _LOOK_AGAIN_SECONDS)
            wait_seconds = await self._ledger.look_again(claimed.attempt_id)
            if wait_seconds is None:
                return False
            moment = time.monotonic() + wait_seconds
        await asyncio.sleep(moment - time.monotonic())
        return True

    async def _chat_id(self, chat: ServedChat, claimed: Claimed) -> str:
        """Return where the request goes: a message is edited where it stands, whatever the address is now."""
        if claimed.sent_chat_id is None or not claimed.is_edit:
            return chat.known.chat_id
        present = await self._ledger.present_chats(chat.known.bot_id, [claimed.sent_chat_id])
        return present[claimed.sent_chat_id]

    async def _request(self, chat: ServedChat, claimed: Claimed, chat_id: str) -> tuple[Request, Outcome | None]:
        """Return the request that says this message; and what came of it where it cannot even be made."""
        picture, hindered = None, None
        if claimed.picture is not None and chat.channel.takes_pictures:
            try:
                picture = await self._drawings.drawn(claimed.picture)
            except UndrawableError as error:
                hindered = error.outcome
        missing = await self._ledger.missing() if names_missing(claimed) else []
        rich = wants_rich(claimed) and (claimed.is_edit or await self._is_rich_known(chat.channel))
        is_protected = self._settings.is_protected(claimed.destination)
        post = post_of(
            claimed,
            missing,
            rich=rich,
            limit=chat.channel.message_limit,
            is_protected=is_protected,
            picture=picture,
        )
        request = chat.channel.build_request(chat_id, chat.topics[claimed.destination], post)
        return (replace(request, method=METHOD), hindered) if hindered else (request, None)

    async def _is_rich_known(self, channel: Channel) -> bool:
        is_wanted = channel.has_rich_form and self._settings.rich == "auto"
        return is_wanted and await self._ledger.rich_is_known(channel.server)

    async def _follow(self, chat: ServedChat, chat_id: str, outcome: Outcome) -> None:
        """Draw what follows from an outcome for the messages behind."""
        if outcome.result is Result.BAD_TOKEN:
            raise TokenRefusedError.of(outcome)
        if outcome.result is Result.MIGRATED and outcome.new_chat_id and chat_id == chat.known.chat_id:
            await self._ledger.release(chat.known)
            chat.known = replace(chat.known, chat_id=outcome.new_chat_id)


def _is_editable(chat: ServedChat, claimed: Claimed, chat_id: str) -> bool:
    """Tell whether the message's number means the message: a supergroup counts anew, and so does another bot."""
    is_same_bot = claimed.sent_bot_id in {None, chat.known.bot_id}
    return is_same_bot and claimed.sent_chat_id in {None, chat_id}


def _report(claimed: Claimed, outcome: Outcome) -> None:
    level = logging.INFO if outcome.result is Result.SENT else logging.WARNING
    if outcome.result is Result.BAD_MESSAGE:
        level = logging.ERROR
    words = f"{outcome.http_status or ''} {outcome.description}".strip()
    log.log(level, "message %s to %s: %s %s", claimed.message_id, claimed.destination, outcome.result, words)
