"""What a person may decide about messages that wait: which groups there are, and whom a decision is about."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sancrm_notifications.pages.words import RESULTS, destination_name, state_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sancrm_notifications.pages.rights import Rights

Message = dict[str, Any]
DECISIONS = {"send": "Отправить снова", "delivered": "Оно дошло", "not_wanted": "Больше не нужно"}
MOST_AT_ONCE = 500
_NO_ANSWER = "ответа Telegram не было"
_TOO_LATE = "не успело до конца срока"
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Group:
    """Messages that wait in one chat for one reason; ``actable`` are those that the user may decide about."""

    name: str
    where: str
    chat_id: str | None
    state: str
    cause: str
    detail: str
    messages: list[Message]
    actable: list[Message]

    @property
    def decisions(self) -> dict[str, int]:
        """How many messages of the group each decision would be about; decisions that fit none are left out."""
        counts = {name: sum(fits(name, message) for message in self.actable) for name in DECISIONS}
        return {name: count for name, count in counts.items() if count}


def fits(decision: str, message: Mapping[str, Any]) -> bool:
    """Tell whether a decision means anything for a message that waits."""
    match decision:
        case "send":
            return message["state"] in {"parked", "held"} and not message["is_past_use"]
        case "delivered":
            return bool(message["state"] == "held")
        case "not_wanted":
            return message["state"] in {"parked", "held", "expired"}
        case _:
            return False


def grouped(
    waiting: Iterable[Message], rights: Rights, branches: dict[int, str], titles: Mapping[str, str]
) -> list[Group]:
    """Return what waits by chat and cause, the largest group first."""
    groups: dict[str, list[Message]] = {}
    for message in waiting:
        groups.setdefault(group_name(message), []).append(message)
    found = [_group(name, members, rights, branches, titles) for name, members in groups.items()]
    return sorted(found, key=lambda group: -len(group.messages))


def chosen(waiting: Iterable[Message], decision: str, group: str | None) -> list[Message]:
    """Return whom a decision is about: those of a group, or of all, that it means anything for."""
    return [
        message for message in waiting if fits(decision, message) and (group is None or group_name(message) == group)
    ]


def version(messages: Iterable[Message]) -> str:
    """Return what changes as soon as the choice, a message's state or its text does."""
    seen = sorted((message["message_id"], message["state"], message["revision"]) for message in messages)
    return sha256(repr(seen).encode()).hexdigest()[:_DIGITS]


def group_name(message: Message) -> str:
    """Return a group's name in addresses: it says nothing by itself."""
    parts = (message["destination"], message["chat_id"] or "", message["state"], cause(message))
    return sha256("\0".join(parts).encode()).hexdigest()[:_DIGITS]


def cause(message: Mapping[str, Any]) -> str:
    """Return in words why a message waits."""
    if message["state"] == "expired":
        return _TOO_LATE
    if message["state"] == "held":
        return _NO_ANSWER
    kind = message["reason"].partition(":")[0].strip()
    return message["reason_for_staff"] or RESULTS.get(kind) or message["reason"] or state_name(message["state"])


def _group(
    name: str, members: Sequence[Message], rights: Rights, branches: dict[int, str], titles: Mapping[str, str]
) -> Group:
    first = members[0]
    return Group(
        name=name,
        where=destination_name(first["destination"], branches),
        chat_id=titles.get(first["chat_id"] or "", first["chat_id"]),
        state=first["state"],
        cause=cause(first),
        detail=first["reason"],
        messages=[
            {**message, "label": message["label"] if rights.may_read_text_of(message) else ""} for message in members
        ],
        actable=[message for message in members if rights.may_act_on(message)],
    )
