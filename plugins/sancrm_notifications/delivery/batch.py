"""Delivers one batch from the ledger to its channels: in order per chat, chats side by side, within the limits.

Every claim, every note and every moment of sending is the ledger's; this file only waits and sends.  So any
number of deliveries may run at once, be killed or be repeated.

A claim is the note before sending, an attempt's result is the note after; a claim without a result becomes *unknown*
when its lease ends.  Source: docs/delivery.md, The life of a message.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from sancrm_notifications.delivery.attempt import Attempts, Reservation, ServedChat
from sancrm_notifications.delivery.errors import PostponedError, SendingOffError, TokenRefusedError, urgency
from sancrm_notifications.ledger.claiming import AHEAD, NEAR, TURN_LEASE
from sancrm_notifications.ledger.outcome import Result
from sancrm_notifications.ledger.recording import Chat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sancrm_notifications.channels.channel import Address, Channel, Sender
    from sancrm_notifications.ledger.claiming import Claim, Ledger
    from sancrm_notifications.ledger.outcome import Outcome
    from sancrm_notifications.settings import Settings

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.25  # while others speak in the chat, or the summary waits for its reports
# So long before a slot it is near enough to be reserved: where it is the bot's limit that is waited for, or a chat's.
_WAKE_FOR_BOT_SECONDS = AHEAD.total_seconds() * 0.9
_WAKE_FOR_CHAT_SECONDS = NEAR.total_seconds() / 2
_LONGEST_SLEEP_SECONDS = TURN_LEASE.total_seconds() / 2  # asking again renews the chat's turn
_FAILURES_IN_A_ROW = 3


class Delivery:
    """One delivery of one batch, within one event loop and one client for each bot."""

    def __init__(
        self,
        ledger: Ledger,
        settings: Settings,
        is_sending: Callable[[], bool] = lambda: True,
    ) -> None:
        self._ledger = ledger
        self._is_sending = is_sending
        self._settings = settings
        self._attempts = Attempts(ledger, settings)
        self._channels: dict[Sender, Channel] = {}
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
            await self._ledger.begin(reopen_parked=reopen_parked, with_pictures=self._settings.pictures)
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
            raise SendingOffError

    async def _serve_all(self, chats: list[ServedChat]) -> None:
        """Serve chats side by side; one that fails does not stop the others."""
        self._serving = len(chats)
        results = await asyncio.gather(*(self._serve(chat) for chat in chats), return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        for failure in failures:
            log.warning("a chat could not be served to its end: %s: %s", type(failure).__name__, failure)
        if failures:
            raise min(failures, key=urgency)

    async def _serve(self, chat: ServedChat) -> None:
        try:
            await self.serve(chat)
        except Exception:
            self._is_one_given_up = True
            raise
        finally:
            self._serving -= 1

    async def serve(self, chat: ServedChat) -> None:
        """Send the batch's messages for one chat, one after the other, until none is left."""
        try:
            await self._send_all(chat)
        finally:
            await self._ledger.release(chat.known)

    async def _send_all(self, chat: ServedChat) -> None:
        failures = 0
        while True:
            claim = await self._claim(chat)
            if claim.message is not None:
                outcome = await self._attempts.make(chat, claim.message, Reservation.of(claim), failures)
                self._has_sent |= outcome is not None and outcome.result is Result.SENT
                failures = self._failures(chat, outcome, failures)
            elif not claim.has_more:
                return
            elif claim.is_paced:
                await self._wait_for_limits(claim.wait_seconds, _WAKE_FOR_CHAT_SECONDS)
            elif claim.closes_in_seconds is None:
                await self._wait_for_others(chat)
            elif self._serving == 1 and self._is_one_given_up:
                # Nobody here will deliver what the summary waits for: no worker waits with it.
                raise PostponedError("the summary waits for reports to other chats", claim.closes_in_seconds)
            else:
                await asyncio.sleep(_POLL_SECONDS)

    async def _claim(self, chat: ServedChat) -> Claim:
        """Ask for a chat's next message; while the bot's own limit hinders, the first in line asks for all."""
        async with self._lines[chat.known.bot_id]:
            while True:
                self._require_sending()
                claim = await self._ledger.claim(chat.known)
                if not claim.waits_for_bot:
                    return claim
                await self._wait_for_limits(claim.wait_seconds, _WAKE_FOR_BOT_SECONDS)

    async def _wait_for_others(self, chat: ServedChat) -> None:
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

    def _failures(self, chat: ServedChat, outcome: Outcome | None, failures: int) -> int:
        """Count requests in a row that the network swallowed; give up where going on would only hammer."""
        if outcome is None or outcome.result not in {Result.NOT_SENT, Result.UNKNOWN, Result.UNKNOWN_METHOD}:
            return 0
        if failures + 1 >= _FAILURES_IN_A_ROW:
            raise PostponedError(f"{chat.channel.name} cannot be reached: {outcome.description}")
        return failures + 1

    async def _wait_for_limits(self, seconds: float, early_seconds: float) -> None:
        if seconds > self._settings.longest_wait_seconds:
            raise PostponedError(f"Telegram's limits ask for a wait of {seconds:.0f} s", seconds)
        until_near = max(seconds - early_seconds, 0.01)
        await asyncio.sleep(min(until_near, _LONGEST_SLEEP_SECONDS))

    async def _open(self, bot: Sender) -> None:
        channel = bot.channel()
        self._channels[bot] = channel
        outcome = await channel.open()
        if outcome.result is Result.BAD_TOKEN:
            raise TokenRefusedError.of(outcome)
        if outcome.result is not Result.SENT:
            words = f"{channel.name} cannot be reached: {outcome.description}"
            raise PostponedError(words, outcome.retry_after_seconds)

    async def _chats(self, destinations: Mapping[str, Address]) -> list[ServedChat]:
        """Group destinations by the chat they lead to now."""
        chats: dict[tuple[Sender, str], ServedChat] = {}
        present = {
            bot: await self._ledger.present_chats(
                bot.bot_id, [address.chat_id for address in destinations.values() if address.bot == bot]
            )
            for bot in self._channels
        }
        for name, address in destinations.items():
            chat_id = present[address.bot][address.chat_id]
            known = Chat(address.bot.bot_id, chat_id, address.is_group, ())
            chat = chats.setdefault((address.bot, chat_id), ServedChat(known, self._channels[address.bot], {}))
            chat.known = replace(chat.known, destinations=(*chat.known.destinations, name))
            chat.topics[name] = address.message_thread_id
        # Deliveries that begin together would ask for the same chats in the same order, and keep one another out.
        return random.sample(list(chats.values()), len(chats))

    async def _close(self) -> None:
        for channel in self._channels.values():
            await channel.close()
        await self._ledger.close()
