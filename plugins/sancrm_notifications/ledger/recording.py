"""What each result of a request does to the ledger: to the attempt, its message, its chat and the server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sancrm_notifications.ledger.outcome import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

# After so many requests whose outcome nobody knows, a message waits for a person.
MOST_REPEATS = 5

Statement = tuple[str, dict[str, Any]]
"""The name of a statement in the ``.sql`` files and its parameters."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat as the ledger knows it, with the logical destinations that lead there now."""

    bot_id: int
    chat_id: str
    is_group: bool
    destinations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message taken for sending; nobody else sends it until the attempt's lease ends."""

    attempt_id: UUID
    message_id: int
    destination: str
    label: str
    html: str
    rich_html: str | None
    buttons: list[list[dict[str, str]]]
    part: int
    parts: int
    silent: bool
    closes_batch: bool
    possible_repeats: int
    plain: bool
    revision: int = 1
    replaces_message: bool = False
    sent_bot_id: int | None = None
    telegram_message_id: int | None = None
    """Of the message in the chat that is to be edited; None for a new one."""
    sent_chat_id: str | None = None
    sent_form: str | None = None
    reply_to_message_id: int | None = None
    reply_markup: dict[str, Any] | None = None
    """The Bot API's own object, of answers."""
    receiver_user_id: int | None = None
    """The one member of a group who sees it."""
    is_listened: bool = False
    """Whether somebody listens for the bot, so that its buttons can ask something of it."""
    picture: dict[str, Any] | None = None
    """The figures of a picture, which has the text as its caption."""

    @property
    def is_edit(self) -> bool:
        """Whether it is in the chat and gets another text."""
        return self.telegram_message_id is not None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request that was made: for which claim, where to at that moment, in which form, how long ago it began.

    ``chat_id`` differs from the chat's own when a message is edited that stands in a former chat.
    """

    claimed: Claimed
    chat: Chat
    chat_id: str
    method: str
    form: str
    server: str
    message_thread_id: int | None
    seconds: float


def effects(batch: Mapping[str, Any], attempt: Attempt, outcome: Outcome, after_seconds: float) -> list[Statement]:
    """Return the statements, for one transaction, that write down what came of a request.

    ``batch`` are the parameters that name what is delivered: ``batch`` and ``subjects``.

    ``after_seconds`` is how long a message that was not sent, or perhaps not sent, waits before it is tried again.
    """
    return [_finish(attempt, outcome), *_EFFECTS[outcome.result](batch, attempt, outcome, after_seconds)]


def _finish(attempt: Attempt, outcome: Outcome) -> Statement:
    return "finish_attempt", {
        "attempt_id": attempt.claimed.attempt_id,
        "seconds": timedelta(seconds=attempt.seconds),
        "chat_id": attempt.chat_id,
        "method": attempt.method,
        "result": outcome.result,
        "http_status": outcome.http_status,
        "description": outcome.description,
        "retry_after_seconds": outcome.retry_after_seconds,
    }


def _sent(_batch: Mapping[str, Any], attempt: Attempt, outcome: Outcome, _after: float) -> list[Statement]:
    where = {
        "revision": attempt.claimed.revision,
        "bot_id": attempt.chat.bot_id,
        "chat_id": attempt.chat_id,
        "message_thread_id": attempt.message_thread_id,
        "form": attempt.form,
        "telegram_message_id": outcome.message_id,
    }
    return [("mark_sent", {**_message(attempt), **where})]


def _rate_limited(_batch: Mapping[str, Any], attempt: Attempt, outcome: Outcome, _after: float) -> list[Statement]:
    seconds = outcome.retry_after_seconds or 1
    # The pace is that of the present chat: an edit in a former one waits by itself.
    after = 0.0 if attempt.chat_id == attempt.chat.chat_id else seconds
    blocked = {**_chat(attempt), "chat_id": attempt.chat_id, "retry_after": timedelta(seconds=seconds)}
    return [_not_sent_statement(attempt, outcome, after), ("block_chat", blocked)]


def _migrated(_batch: Mapping[str, Any], attempt: Attempt, outcome: Outcome, _after: float) -> list[Statement]:
    moved = {**_chat(attempt), "chat_id": attempt.chat_id, "migrated_to": outcome.new_chat_id}
    return [_not_sent_statement(attempt, outcome, 0), ("remember_migration", moved)]


def _unknown_method(batch: Mapping[str, Any], attempt: Attempt, outcome: Outcome, after: float) -> list[Statement]:
    """An older server does not know rich messages; that it does not know sendMessage is an outage."""
    if attempt.form != "rich":
        return _not_sent(batch, attempt, outcome, after)
    return [_not_sent_statement(attempt, outcome, 0), ("refuse_rich", {"server": attempt.server})]


def _bad_message(batch: Mapping[str, Any], attempt: Attempt, outcome: Outcome, after: float) -> list[Statement]:
    """Our mistake: the message goes once more in the next simpler form, so that it arrives."""
    if attempt.form == "plain":
        return _parked(batch, attempt, outcome, after)
    return [_not_sent_statement(attempt, outcome, 0, refused_form=attempt.form)]


def _not_sent(_batch: Mapping[str, Any], attempt: Attempt, outcome: Outcome, after: float) -> list[Statement]:
    return [_not_sent_statement(attempt, outcome, after)]


def _unknown(_batch: Mapping[str, Any], attempt: Attempt, outcome: Outcome, after: float) -> list[Statement]:
    again = {"reason": f"{outcome.reason}; look into the chat", "after": timedelta(seconds=after)}
    return [("mark_unknown", {**_message(attempt), **again, "most_repeats": MOST_REPEATS})]


def _uneditable(_batch: Mapping[str, Any], attempt: Attempt, outcome: Outcome, _after: float) -> list[Statement]:
    return [("give_up_edit", {**_message(attempt), "reason": outcome.reason})]


def _parked(_batch: Mapping[str, Any], attempt: Attempt, outcome: Outcome, _after: float) -> list[Statement]:
    return [("park_message", {**_message(attempt), **_why(outcome)})]


def _chat_unreachable(batch: Mapping[str, Any], attempt: Attempt, outcome: Outcome, after: float) -> list[Statement]:
    """What cannot reach the chat holds for everything else the batch has for it."""
    where = {"chat_id": attempt.chat.chat_id, "destinations": list(attempt.chat.destinations)}
    others = {**batch, **_message(attempt), **where, **_why(outcome)}
    return [*_parked(batch, attempt, outcome, after), ("park_destinations", others)]


_EFFECTS: dict[Result, Callable[[Mapping[str, Any], Attempt, Outcome, float], list[Statement]]] = {
    Result.SENT: _sent,
    Result.RATE_LIMITED: _rate_limited,
    Result.MIGRATED: _migrated,
    Result.CHAT_GONE: _chat_unreachable,
    Result.CHAT_CLOSED: _chat_unreachable,
    Result.UNEDITABLE: _uneditable,
    Result.BAD_MESSAGE: _bad_message,
    # The chat may take texts all the same: nothing else is parked with it.
    Result.PICTURE_REFUSED: _parked,
    Result.BAD_TOKEN: _not_sent,
    Result.UNKNOWN_METHOD: _unknown_method,
    Result.NOT_SENT: _not_sent,
    Result.UNKNOWN: _unknown,
}


def _message(attempt: Attempt) -> dict[str, Any]:
    return {"message_id": attempt.claimed.message_id, "attempt_id": attempt.claimed.attempt_id}


def _chat(attempt: Attempt) -> dict[str, Any]:
    return {"bot_id": attempt.chat.bot_id, "chat_id": attempt.chat.chat_id}


def _not_sent_statement(attempt: Attempt, outcome: Outcome, after: float, *, refused_form: str = "") -> Statement:
    again = {"reason": outcome.reason, "after": timedelta(seconds=after)}
    simpler = {"without_rich": refused_form == "rich", "plain": refused_form == "html"}
    return "mark_not_sent", {**_message(attempt), **again, **simpler}


def _why(outcome: Outcome) -> dict[str, str]:
    reason = f"{outcome.reason}; {outcome.advice}" if outcome.advice else outcome.reason
    return {"reason": reason, "reason_for_staff": outcome.for_staff}
