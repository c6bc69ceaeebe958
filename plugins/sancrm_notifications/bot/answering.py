"""Sends stored answers at once, by the same delivery as everything else and before it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg

from sancrm_notifications.delivery.attempt import ServedChat
from sancrm_notifications.delivery.batch import Delivery
from sancrm_notifications.delivery.errors import DeliveryError, PostponedError, SendingOffError, TokenRefusedError
from sancrm_notifications.ledger.claiming import Ledger, Order, Priority, Run
from sancrm_notifications.ledger.inbox import batch_of, topic_of
from sancrm_notifications.ledger.listeners import LEASE_LOST
from sancrm_notifications.ledger.outcome import Outcome, Result
from sancrm_notifications.ledger.recording import Chat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sancrm_notifications.bot.lease import Lease
    from sancrm_notifications.channels.channel import Channel, Post, Request
    from sancrm_notifications.settings import Settings

log = logging.getLogger(__name__)

_LONGEST_SECONDS = 60.0
_AGAIN_SECONDS = 5.0  # after what the network, or the ledger, did not let through


class LeasedChannel:
    """A channel that sends nothing once another may listen."""

    def __init__(self, channel: Channel, lease: Lease) -> None:
        self._channel = channel
        self._lease = lease
        self.name = channel.name
        self.server = channel.server
        self.message_limit = channel.message_limit
        self.has_rich_form = channel.has_rich_form
        self.takes_pictures = channel.takes_pictures

    async def open(self) -> Outcome:
        """Begin."""
        return await self._channel.open()

    async def close(self) -> None:
        """End."""
        await self._channel.close()

    def build_request(self, chat_id: str, message_thread_id: int | None, post: Post) -> Request:
        """Return the request that brings a post into a chat."""
        return self._channel.build_request(chat_id, message_thread_id, post)

    async def send(self, request: Request) -> Outcome:
        """Make the request while the lease is ours."""
        if not self._lease.holds():
            return Outcome(Result.NOT_SENT, description="another listens for the bot by now, and answers")
        return await self._channel.send(request)


class Answering:
    """The answers of one bot, each chat's in a task of its own for as long as it has any."""

    def __init__(
        self,
        conninfo: str,
        channel: Channel,
        lease: Lease,
        *,
        run: Run,
        settings: Settings,
        is_sending: Callable[[], bool],
    ) -> None:
        self._bot_id = lease.listener.bot_id
        self._lease = lease
        order = Order(batch_of(self._bot_id), None, Priority.ANSWER)
        self._ledger = Ledger(conninfo, order, run=run, settings=settings, guard=lease.listener.guard)
        self._delivery = Delivery(self._ledger, settings, is_sending)
        self._channel: Channel = LeasedChannel(channel, lease)
        self._chats: dict[str, ServedChat] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._closing = asyncio.Event()
        self.refused: TokenRefusedError | None = None
        """Why nothing can be sent any more."""

    def send(self, stored: Iterable[tuple[str, str]]) -> None:
        """Begin to send what was stored for these destinations, each with its chat."""
        for destination, chat_id in stored:
            chat = self._chats.get(chat_id) or self._new_chat(chat_id)
            if destination not in chat.topics:
                chat.known = replace(chat.known, destinations=(*chat.known.destinations, destination))
                chat.topics[destination] = topic_of(destination)
            self._again.add(chat_id)
            if chat_id not in self._tasks:
                self._tasks[chat_id] = asyncio.create_task(self._serve(chat_id, chat))

    async def close(self) -> None:
        """Wait for what is under way; after the lease no claim is made, and what is left is the next listener's."""
        self._closing.set()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._ledger.close()

    def _new_chat(self, chat_id: str) -> ServedChat:
        known = Chat(self._bot_id, chat_id, chat_id.startswith("-"), ())
        chat = self._chats[chat_id] = ServedChat(known, self._channel, {})
        return chat

    async def _serve(self, chat_id: str, chat: ServedChat) -> None:
        try:
            while chat_id in self._again and self.refused is None and not self._closing.is_set():
                self._again.discard(chat_id)
                await self._serve_once(chat_id, chat)
        finally:
            del self._tasks[chat_id]
            self._chats.pop(chat_id, None)

    async def _serve_once(self, chat_id: str, chat: ServedChat) -> None:
        """Send what the chat has; what hinders is tried again for as long as it is worth it."""
        try:
            await self._delivery.serve(chat)
        except TokenRefusedError as error:
            self.refused = error
        except SendingOffError:
            log.info("sending is off: answers stay stored until they are no longer worth sending")
        except PostponedError as postponed:
            log.warning("%s; tried again", postponed)
            await self._later(chat_id, postponed.seconds)
        except psycopg.DatabaseError as error:
            if error.sqlstate != LEASE_LOST:
                log.warning("an answer could not be sent: %s; tried again", type(error).__name__)
                await self._later(chat_id, None)
        except DeliveryError as error:
            log.warning("an answer could not be sent: %s", error)

    async def _later(self, chat_id: str, seconds: float | None) -> None:
        self._again.add(chat_id)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), min(seconds or _AGAIN_SECONDS, _LONGEST_SECONDS))
