"""What a preview would do to which chats, in words for the log of its run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from sancrm_notifications import connections
from sancrm_notifications.channels.channel import DestinationError
from sancrm_notifications.delivery.destinations import addresses
from sancrm_notifications.ledger import known
from sancrm_notifications.ledger.comparing import Effect, compared, effect
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.secrets_backends import SecretsBackendError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sancrm_notifications.channels.channel import Address
    from sancrm_notifications.ledger.storing import Batch
    from sancrm_notifications.settings import Settings

    IsChanged = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]

_WORDS = {Effect.SEND: ("would send", "to"), Effect.CHANGE: ("would change", "in")}


def preview_words(conninfo: str, batch: Batch, chosen: Settings, is_changed: IsChanged, *, already: int = 0) -> str:
    """Return how many messages of a stored preview would be sent to and changed in which chats, by title.

    ``is_changed`` tells of the figures in the chat and the new ones whether the message would be edited; ``already``
    counts those in the chat that the preview leaves out, as nothing would happen to them.

    :raises psycopg.OperationalError: the ledger cannot be reached
    """
    with reading(conninfo) as connection:
        rows = compared(connection, batch.dag_id or "", [batch.run_id or ""])
        titles = known.chat_titles(connection)
    resolve = addresses(chosen, connections.telegram_connection)
    effects = [(effect(row, is_changed), row["destination"]) for row in rows]
    chats = {destination: _chat(destination, resolve, titles) for _, destination in effects}
    return in_words(((what, chats[destination]) for what, destination in effects), already)


def in_words(effects: Iterable[tuple[Effect, str]], already: int = 0) -> str:
    """Return «would send 2 to «Отчёты»; would change 1 in «Калуга»; 7 already in the chat», the chats as given."""
    counts = Counter(effects)
    pieces = []
    for what, (verb, preposition) in _WORDS.items():
        chats = [f"{count} {preposition} {chat}" for (each, chat), count in counts.items() if each is what]
        if chats:
            pieces.append(f"{verb} {', '.join(chats)}")
    already += sum(count for (each, _), count in counts.items() if each is Effect.NOTHING)
    in_chat = [f"{already} already in the chat"] if already else []
    return "; ".join([*(pieces or ["nothing new"]), *in_chat])


def _chat(destination: str, resolve: Callable[[str], Address], titles: Mapping[str, str]) -> str:
    """Return the chat's title, or its number where none is known; a preview is read also where it leads nowhere."""
    try:
        address = resolve(destination)
    except (DestinationError, SecretsBackendError) as error:
        return f"no chat, as {destination} leads nowhere ({error})"
    title = titles.get(address.chat_id)
    chat = f"«{title}»" if title else f"the chat {address.chat_id}"
    return chat if address.message_thread_id is None else f"{chat}, topic {address.message_thread_id}"
