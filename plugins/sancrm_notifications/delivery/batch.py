"""Delivers one batch from the ledger to Telegram: in order per chat, chats side by side, within the limits.

Every claim, every note and every moment of sending is the ledger's; this file only waits and sends.  So any
number of deliveries may run at once, be killed or be repeated.

The life of a message (``notifications.messages.state``)::

                     store                another text: edited in place
                       │  ┌───────────────────────────────────────────┐
                       ▼  ▼     claim            answer: accepted     │
        ┌────────►  stored ──────────► sending ─────────────────────► sent
        │            │  ▲                 │                           covered (said by part 1's rich form)
        │            │  └─────────────────┤ not sent: 429, migrated, refused, older server
        │            │                    │ unknown, policy «resend»: marked «возможный повтор»
        │            │ end of use         │
        │            ▼                    ├───────────► held     unknown, policy «hold»: a person decides
        │         expired                 │
        │                                 └───────────► parked   permanent: chat gone, topic closed
        └─── deliver is cleared, after the cause is gone ─────────┘

``preview`` messages are stored to be read and never sent; past their end of use, the next preview or the night
removes them.  The texts of what is settled are erased when they are old.
A claim is the note before sending, an attempt's result is the note after; a claim without a result becomes
*unknown* when its lease ends.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sancrm_notifications.channels.telegram.requests import Asked, asked, wants_rich
from sancrm_notifications.ledger.claiming import AHEAD, NEAR, TURN_LEASE
from sancrm_notifications.ledger.outcome import Outcome, Result
from sancrm_notifications.ledger.recording import Attempt, Chat, Claimed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sancrm_notifications.channels.telegram.address import Address, BotAddress
    from sancrm_notifications.channels.telegram.hook import BotHook
    from sancrm_notifications.ledger.claiming import Claim, Ledger
    from sancrm_notifications.settings import Settings

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.25  # while others speak in the chat, or the summary waits for its reports
# So long before a slot it is near enough to be reserved: where it is the bot's limit that is waited for, or a chat's.
_WAKE_FOR_BOT_SECONDS = AHEAD.total_seconds() * 0.9
_WAKE_FOR_CHAT_SECONDS = NEAR.total_seconds() / 2
# So long before a moment reserved further ahead it is looked at again: late enough for the usual requests of a window
# before to have ended, early enough that nothing but sleep lies right before the request.
_LOOK_AGAIN_SECONDS = 0.5
_LONGEST_SLEEP_SECONDS = TURN_LEASE.total_seconds() / 2  # asking again renews the chat's turn
_FAILURES_IN_A_ROW = 3
_BACKOFF_SECONDS = (2.0, 5.0, 15.0)
# A process that slept through its slot (paused, swapped out) must not send on a claim that may have lapsed.
_LATEST_START_SECONDS = 10.0
_NOT_THERE = Outcome(Result.UNEDITABLE, description="the chat or the bot is another now, and counts its messages anew")
_CHAT_OUT_OF_REACH = {Result.CHAT_GONE, Result.CHAT_CLOSED}


class TokenRefusedError(Exception):
    """Telegram does not accept the bot's token: put the one @BotFather shows into the Telegram connection."""


class SendingOffError(Exception):
    """The setting «sending» is off: everything is stored, nothing leaves; switch it on, then clear this task."""


class PostponedError(Exception):
    """Messages are left that can be sent later; ``seconds`` says when it is worth trying, None when unknown."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


@dataclass(slots=True)
class _Chat:
    """A chat being served: its ledger identity, its bot, and the topic of each destination."""

    known: Chat
    hook: BotHook
    topics: dict[str, int | None]


class Delivery:
    """One delivery of one batch, within one event loop and one client for each bot."""

    def __init__(
        self,
        ledger: Ledger,
        settings: Settings,
        make_hook: Callable[[BotAddress], BotHook],
        is_sending: Callable[[], bool] = lambda: True,
    ) -> None:
        self._ledger = ledger
        self._is_sending = is_sending
        self._settings = settings
        self._make_hook = make_hook
        self._hooks: dict[BotAddress, BotHook] = {}
        self._kept_out: set[tuple[int, str]] = set()  # of chats in which others speak, each a bot and a chat id
        self._look: asyncio.Task[set[tuple[int, str]]] | None = None
        self._lines: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)  # a line of chats for each bot
        self._serving = 0  # chats that are not done yet
        self._is_one_given_up = False
        self._has_sent = False

    async def run(self, resolve: Callable[[str], Address], *, reopen_parked: bool = True) -> dict[str, int]:
        """Deliver everything that can be delivered now and return how many messages stand in which state.

        ``resolve`` gives the address of a logical destination; ``reopen_parked`` tries again what was parked.

        :raises SendingOffError: sending was switched off, before or meanwhile
        :raises TokenRefusedError: no message can be sent with this token
        :raises PostponedError: some messages must wait for Telegram or the network
        """
        self._require_sending()
        try:
            await self._ledger.begin(reopen_parked=reopen_parked)
            destinations = {name: resolve(name) for name in await self._ledger.destinations()}
            for bot in {address.bot for address in destinations.values()}:
                await self._open(bot)
            chats = await self._chats(destinations)
            await self._serve_all(chats)
            await self._ledger.expire()
            return await self._ledger.states()
        except PostponedError as postponed:
            if postponed.seconds is None and not self._has_sent:
                # An outage is no waiting for others: the summary does not leave before them when it is over.
                await self._ledger.forget_waiting()
            raise
        finally:
            await self._close()

    def _require_sending(self) -> None:
        if not self._is_sending():
            raise SendingOffError(str(SendingOffError.__doc__))

    async def _serve_all(self, chats: list[_Chat]) -> None:
        """Serve chats side by side; one that fails does not stop the others."""
        self._serving = len(chats)
        results = await asyncio.gather(*(self._serve(chat) for chat in chats), return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        for failure in failures:
            log.warning("a chat could not be served to its end: %s: %s", type(failure).__name__, failure)
        if failures:
            raise min(failures, key=_urgency)

    async def _serve(self, chat: _Chat) -> None:
        """Send the batch's messages for one chat, one after the other, until none is left."""
        try:
            await self._send_all(chat)
        except Exception:
            self._is_one_given_up = True
            raise
        finally:
            self._serving -= 1
            await self._ledger.release(chat.known)

    async def _send_all(self, chat: _Chat) -> None:
        failures = 0
        while True:
            claim = await self._claim(chat)
            if claim.message is not None:
                answer = await self._send(chat, claim.message, claim.asked_at, claim.wait_seconds, failures)
                failures = self._failures(answer, failures)
            elif not claim.has_more:
                return
            elif claim.is_paced:
                await self._wait_for_telegram(claim.wait_seconds, _WAKE_FOR_CHAT_SECONDS)
            elif claim.closes_in_seconds is None:
                await self._wait_for_others(chat)
            elif self._serving == 1 and self._is_one_given_up:
                # Nobody here will deliver what the summary waits for: no worker waits with it.
                raise PostponedError("the summary waits for reports to other chats", claim.closes_in_seconds)
            else:
                await asyncio.sleep(_POLL_SECONDS)

    async def _claim(self, chat: _Chat) -> Claim:
        """Ask for a chat's next message; while the bot's own limit hinders, the first in line asks for all."""
        async with self._lines[chat.known.bot_id]:
            while True:
                self._require_sending()
                claim = await self._ledger.claim(chat.known)
                if not claim.waits_for_bot:
                    return claim
                await self._wait_for_telegram(claim.wait_seconds, _WAKE_FOR_BOT_SECONDS)

    async def _wait_for_others(self, chat: _Chat) -> None:
        """Wait until no other delivery speaks in the chat; one look at the ledger serves all chats that wait."""
        waiting = (chat.known.bot_id, chat.known.chat_id)
        self._kept_out.add(waiting)
        while waiting in self._kept_out:
            if self._look is None or self._look.done():
                self._look = asyncio.create_task(self._look_at_others())
            self._kept_out.difference_update(await self._look)

    async def _look_at_others(self) -> set[tuple[int, str]]:
        await asyncio.sleep(_POLL_SECONDS)
        self._require_sending()
        return await self._ledger.free_chats(self._kept_out)

    def _failures(self, answer: Outcome | None, failures: int) -> int:
        """Count requests in a row that the network swallowed; give up where going on would only hammer."""
        if answer is None or answer.result not in {Result.NOT_SENT, Result.UNKNOWN, Result.UNKNOWN_METHOD}:
            return 0
        if failures + 1 >= _FAILURES_IN_A_ROW:
            raise PostponedError(f"Telegram cannot be reached: {answer.description}")
        return failures + 1

    async def _wait_for_telegram(self, seconds: float, early_seconds: float) -> None:
        if seconds > self._settings.longest_wait_seconds:
            raise PostponedError(f"Telegram's limits ask for a wait of {seconds:.0f} s", seconds)
        until_near = max(seconds - early_seconds, 0.01)
        await asyncio.sleep(min(until_near, _LONGEST_SLEEP_SECONDS))

    async def _send(
        self, chat: _Chat, claimed: Claimed, asked_at: float, wait_seconds: float, failures: int
    ) -> Outcome | None:
        """Send a claimed message at its moment and note the answer; None when the claim was given back."""
        slot = time.monotonic() + wait_seconds
        try:
            chat_id = await self._chat_id(chat, claimed)
            call = await self._asked(chat, claimed, chat_id)
            is_mine = await self._sleep_until(slot, claimed)
        except BaseException:
            await self._ledger.abandon(chat.known.bot_id, claimed.attempt_id)
            raise
        if not is_mine or time.monotonic() - asked_at - wait_seconds > _LATEST_START_SECONDS:
            await self._ledger.abandon(chat.known.bot_id, claimed.attempt_id)
            return None
        began = time.monotonic()
        is_possible = not claimed.is_edit or self._is_editable(chat, claimed, chat_id)
        answer = await self._ask(chat.hook, call) if is_possible else _NOT_THERE
        if chat_id != chat.known.chat_id and answer.result in _CHAT_OUT_OF_REACH:
            # The bot has left a former chat: that says nothing of the present one.
            answer = replace(answer, result=Result.UNEDITABLE)
        attempt = Attempt(
            claimed=claimed,
            chat=chat.known,
            chat_id=chat_id,
            method=call.method,
            form=call.form,
            base_url=chat.hook.address.base_url,
            message_thread_id=chat.topics[claimed.destination],
            seconds=time.monotonic() - began,
        )
        self._has_sent |= answer.result is Result.SENT
        await self._ledger.note(attempt, answer, after_seconds=_BACKOFF_SECONDS[failures])
        self._report(claimed, answer)
        await self._follow(chat, chat_id, answer)
        return answer

    async def _sleep_until(self, slot: float, claimed: Claimed) -> bool:
        """Sleep until the moment of sending; return whether the claim still holds then."""
        if slot - time.monotonic() > _LOOK_AGAIN_SECONDS:
            await asyncio.sleep(slot - time.monotonic() - _LOOK_AGAIN_SECONDS)
            wait_seconds = await self._ledger.look_again(claimed.attempt_id)
            if wait_seconds is None:
                return False
            slot = time.monotonic() + wait_seconds
        await asyncio.sleep(slot - time.monotonic())
        return True

    def _is_editable(self, chat: _Chat, claimed: Claimed, chat_id: str) -> bool:
        """Tell whether the message's number means the message: a supergroup counts anew, and so does another bot."""
        is_same_bot = claimed.sent_bot_id in {None, chat.known.bot_id}
        return is_same_bot and claimed.sent_chat_id in {None, chat_id}

    async def _chat_id(self, chat: _Chat, claimed: Claimed) -> str:
        """Return where the request goes: a message is edited where it stands, whatever the address is now."""
        if claimed.sent_chat_id is None or not claimed.is_edit:
            return chat.known.chat_id
        present = await self._ledger.present_chats(chat.known.bot_id, [claimed.sent_chat_id])
        return present[claimed.sent_chat_id]

    async def _ask(self, hook: BotHook, call: Asked) -> Outcome:
        """Make the request; behind a 404 may stand an older server or a wrong token, which getMe tells apart."""
        answer = await hook.call(call.method, call.parameters)
        if answer.result is Result.UNKNOWN_METHOD:
            token = await hook.token_answer()
            return token if token.result is Result.BAD_TOKEN else answer
        return answer

    async def _follow(self, chat: _Chat, chat_id: str, answer: Outcome) -> None:
        """Draw what follows from an answer for the messages behind."""
        if answer.result is Result.BAD_TOKEN:
            raise TokenRefusedError(f"{TokenRefusedError.__doc__} Telegram said: {answer.description}")
        if answer.result is Result.MIGRATED and answer.new_chat_id and chat_id == chat.known.chat_id:
            await self._ledger.release(chat.known)
            chat.known = replace(chat.known, chat_id=answer.new_chat_id)

    async def _asked(self, chat: _Chat, claimed: Claimed, chat_id: str) -> Asked:
        """Return the call of the Bot API that says this message."""
        missing = await self._ledger.missing() if claimed.closes_batch else []
        rich = wants_rich(claimed) and (claimed.is_edit or await self._rich(chat.hook))
        return asked(claimed, chat_id, chat.topics[claimed.destination], missing, rich=rich)

    async def _rich(self, hook: BotHook) -> bool:
        return self._settings.rich == "auto" and await self._ledger.rich_is_known(hook.address.base_url)

    def _report(self, claimed: Claimed, answer: Outcome) -> None:
        level = logging.INFO if answer.result is Result.SENT else logging.WARNING
        if answer.result is Result.BAD_MESSAGE:
            level = logging.ERROR
        words = f"{answer.http_status or ''} {answer.description}".strip()
        log.log(level, "message %s to %s: %s %s", claimed.message_id, claimed.destination, answer.result, words)

    async def _open(self, bot: BotAddress) -> None:
        hook = self._make_hook(bot)
        self._hooks[bot] = hook
        answer = await hook.open()
        if answer.result is Result.BAD_TOKEN:
            raise TokenRefusedError(f"{TokenRefusedError.__doc__} Telegram said: {answer.description}")
        if answer.result is not Result.SENT:
            raise PostponedError(f"Telegram cannot be reached: {answer.description}", answer.retry_after_seconds)

    async def _chats(self, destinations: Mapping[str, Address]) -> list[_Chat]:
        """Group destinations by the chat they lead to now."""
        chats: dict[tuple[BotAddress, str], _Chat] = {}
        present = {
            bot: await self._ledger.present_chats(
                bot.bot_id, [address.chat_id for address in destinations.values() if address.bot == bot]
            )
            for bot in self._hooks
        }
        for name, address in destinations.items():
            chat_id = present[address.bot][address.chat_id]
            known = Chat(address.bot.bot_id, chat_id, address.is_group, ())
            chat = chats.setdefault((address.bot, chat_id), _Chat(known, self._hooks[address.bot], {}))
            chat.known = replace(chat.known, destinations=(*chat.known.destinations, name))
            chat.topics[name] = address.message_thread_id
        # Deliveries that begin together would ask for the same chats in the same order, and keep one another out.
        return random.sample(list(chats.values()), len(chats))

    async def _close(self) -> None:
        for hook in self._hooks.values():
            await hook.close()
        await self._ledger.close()


def _urgency(failure: BaseException) -> tuple[int, float]:
    """Return what is told of several failures: what a person must know first, then the soonest wait."""
    match failure:
        case SendingOffError() | TokenRefusedError():
            return 0, 0.0
        case PostponedError(seconds=None):
            return 2, 0.0
        case PostponedError():
            return 2, failure.seconds or 0.0
        case _:
            return 1, 0.0
