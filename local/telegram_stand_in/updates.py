"""Tells bots what happened: what they asked for, and no more of a group's talk than Telegram lets them see."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.people import bot_username

if TYPE_CHECKING:
    from local.telegram_stand_in.messenger import Messenger
    from local.telegram_stand_in.store import Document, Store

KINDS = (
    *("message", "edited_message", "channel_post", "edited_channel_post", "business_connection", "business_message"),
    *("edited_business_message", "deleted_business_messages", "guest_message", "message_reaction"),
    *("message_reaction_count", "inline_query", "chosen_inline_result", "callback_query", "shipping_query"),
    *("pre_checkout_query", "purchased_paid_media", "poll", "poll_answer", "my_chat_member", "chat_member"),
    *("chat_join_request", "chat_boost", "removed_chat_boost", "managed_bot", "subscription"),
)
ONLY_WHEN_NAMED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
TALK = frozenset({"message", "edited_message"})
# A message with one of these is news about the group itself.
SERVICE = frozenset(
    "new_chat_members left_chat_member new_chat_title migrate_to_chat_id migrate_from_chat_id group_chat_created "  # noqa: SIM905
    "supergroup_chat_created pinned_message forum_topic_created forum_topic_edited forum_topic_closed "
    "forum_topic_reopened".split()
)


@dataclass(slots=True)
class Plan:
    """What is planned for the next updates: how many of them are held back, how many come again how often."""

    held: int = 0
    repeated: int = 0
    repeats: int = 0


def allowed(store: Store, bot_id: int) -> list[str] | None:
    """Return the kinds of update that a bot has asked for; None: the usual ones."""
    kinds: list[str] | None = json.loads(store.setting(f"allowed_updates {bot_id}", "null"))
    return kinds


def allow(store: Store, bot_id: int, wanted: object) -> None:
    """Remember the kinds that a bot asks for; an empty list brings the usual ones back, nothing leaves all as it is.

    Names that no update has are overlooked, as the server does.
    """
    if isinstance(wanted, list) and all(isinstance(kind, str) for kind in wanted):
        known = [kind for kind in KINDS if kind in {kind.lower() for kind in wanted}]
        store.set(f"allowed_updates {bot_id}", json.dumps(known or None))


def bots(store: Store) -> list[int]:
    """Return all bots whose token is good."""
    return sorted({bot_id for token, revoked in store.tokens() if not revoked and (bot_id := store.bot_id(token))})


async def publish(messenger: Messenger, kind: str, body: Document, chat: Document, bot_id: int | None = None) -> None:
    """Queue an update for every bot that may see it, or for one of them."""
    store = messenger.store
    readers = [one for one in bots(store) if bot_id in (None, one) and _sees(store, one, kind, body, chat)]
    await _queue(messenger, readers, {kind: body})


async def publish_raw(messenger: Messenger, update: Document, bot_id: int | None = None) -> None:
    """Queue an update as it is written, however malformed, for all bots or for one."""
    await _queue(messenger, [one for one in bots(messenger.store) if bot_id in (None, one)], update)


async def release(messenger: Messenger, order: str = "kept", seed: int = 0) -> int:
    """Queue what was held back, as it came ("kept"), "reversed" or "shuffled"; return how many updates that were."""
    held = messenger.store.updates.take_held()
    if order == "reversed":
        held.reverse()
    elif order == "shuffled":
        random.Random(seed).shuffle(held)  # noqa: S311 - repeatable on purpose
    messenger.plan.held = 0
    for bot_id, update in held:
        messenger.store.updates.add(bot_id, messenger.store.next_update_id(), update)
    await wake(messenger)
    return len(held)


async def wake(messenger: Messenger) -> None:
    """Let those look who wait in a long poll."""
    async with messenger.news:
        messenger.news.notify_all()


async def _queue(messenger: Messenger, bot_ids: list[int], update: Document) -> None:
    plan, queue = messenger.plan, messenger.store.updates
    if not bot_ids:
        return
    is_held, is_repeated = plan.held > 0, plan.held <= 0 < plan.repeated
    plan.held -= is_held
    plan.repeated -= is_repeated
    for bot_id in bot_ids:
        if is_held:
            queue.hold(bot_id, update)
        else:
            repeats = plan.repeats if is_repeated else 0
            queue.add(bot_id, messenger.store.next_update_id(), update, repeats)
    await wake(messenger)


def _sees(store: Store, bot_id: int, kind: str, body: Document, chat: Document) -> bool:
    wanted = allowed(store, bot_id)
    if kind in ONLY_WHEN_NAMED if wanted is None else kind not in wanted:
        return False
    if kind == "my_chat_member":
        return True
    present = ("administrator",) if chat["type"] == "channel" else ("member", "administrator", "restricted")
    if chat["status"] not in present:
        return False
    is_talk = kind in TALK and chat["type"] in ("group", "supergroup")
    return not is_talk or _may_read(store, bot_id, body, chat)


def _may_read(store: Store, bot_id: int, message: dict[str, Any], chat: Document) -> bool:
    """Tell whether a message of a group is meant for the bot, which reads only such ones unless it may read all.

    Source: https://core.telegram.org/bots/features#privacy-mode
    """
    if chat["status"] == "administrator" or reads_all(store, bot_id) or SERVICE & message.keys():
        return True
    if message.get("reply_to_message", {}).get("from", {}).get("id") == bot_id:
        return True
    text = str(message.get("text", message.get("caption", ""))).encode("utf-16-le")
    for entity in message.get("entities", message.get("caption_entities", [])):
        word = text[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")
        name = word.partition("@")[2]
        if entity["type"] in ("bot_command", "mention") and name.lower() in _names(entity["type"], bot_id):
            return True
    return False


def _names(entity_type: str, bot_id: int) -> tuple[str, ...]:
    own = bot_username(bot_id).lower()
    return (own, "") if entity_type == "bot_command" else (own,)


def reads_all(store: Store, bot_id: int) -> bool:
    """Tell whether the bot's privacy mode is off."""
    return store.setting(f"reads_all {bot_id}", "") == "yes"
