"""What was made of a repair's latest changes, and when: one sentence each, for the page that says why; pure.

Source: docs/events.md, What lasts is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sancrm_notifications.events.repair_words import short
from sancrm_notifications.events.wording import Wording
from sancrm_notifications.notifications.client_statuses.rules import BULK, NOTIFICATION, SET_BACK
from sancrm_notifications.notifications.client_statuses.wording import CAN_BE_TOLD, SHIPPED_ON
from sancrm_notifications.pages.unheard import Step, Verdict
from sancrm_notifications.pages.words import at_moment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from sancrm_notifications.ledger.clients import KnownBinding
    from sancrm_notifications.ledger.event_outcomes import EventMessage, FeedStanding, KnownEvent
    from sancrm_notifications.ledger.wording import Switch

_STANDS_STILL = timedelta(minutes=15)
"""It looks every two seconds: after so long its DAG is paused, or nobody runs it."""
_KEPT = timedelta(days=7)
"""So long it is certainly known what was made of an event."""
_SETTLES = timedelta(minutes=2)
"""What is due within this waits to see whether it lasts; what is due later waits for the morning."""
_AT_ONCE = timedelta(seconds=1)
"""One statement notes what was made of all events of a run."""
_TOMORROW = timedelta(hours=36)
_WITHOUT_WORDS = "клиентам о таком статусе не рассказывают: для него нет слов, или он выключен"
_BLOCKED = "the person has blocked the bot"
_PLAIN: dict[str, tuple[Verdict, str]] = {
    "nothing_new": ("note", "нового в этом нет: клиенту об этом уже рассказано, или ремонт вернулся туда, где был"),
    "switched_off": ("stop", f"не рассказано, потому что DAG {NOTIFICATION} был на паузе"),
    "refused": ("stop", "не рассказано: таких было сразу очень много, и человек отказал или сутки не отвечал"),
}
_MESSAGES: dict[str, tuple[Verdict, str]] = {
    "stored": ("note", "сообщение записано и ждёт отправки"),
    "sending": ("note", "сообщение как раз отправляется"),
    "held": ("stop", "сообщение отправили, но неизвестно, дошло ли: оно ждёт решения на странице «Ждут человека»"),
    "parked": ("stop", "Telegram не принял сообщение: оно ждёт решения на странице «Ждут человека»"),
    "covered": ("note", "это было уже неверно, и сообщение не отправили"),
}


@dataclass(frozen=True, slots=True)
class RepairNews:
    """A repair and what is known of its latest events, oldest first; ``status_changed_at`` is by the CRM's clock."""

    code: str
    branch_id: int | None
    status_group: str | None
    status_changed_at: datetime | None
    events: Sequence[KnownEvent] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside a repair: its client's bindings, what was switched, and the zone to say times in."""

    feed: FeedStanding | None
    bindings: Collection[KnownBinding] = ()
    switches: Sequence[Switch] = ()
    zone: str = "UTC"

    def at(self, at: datetime, after: datetime | None = None) -> str:
        """Return an instant in words."""
        return at_moment(at, self.zone, after)


def unwatched(known: Known) -> Step | None:
    """Return why nobody hears of any repair: its changes are not looked at; None: they are."""
    if known.feed is None:
        return Step("stop", f"О том, что случается с ремонтами, клиентам ещё не пишут: DAG {NOTIFICATION} на паузе.")
    looked_at = known.feed.looked_at
    if looked_at is not None and known.feed.now - looked_at <= _STANDS_STILL:
        return None
    when = f", последний раз заглядывали {known.at(looked_at)}" if looked_at else ""
    return Step("stop", f"За ремонтами сейчас никто не следит{when}: DAG {NOTIFICATION} на паузе, или он стоит.")


def about_repair(repair: RepairNews, known: Known) -> list[Step]:
    """Return what was made of each of a repair's latest changes."""
    steps = [_step(repair, entry, known) for entry in repair.events]
    if known.feed is not None:
        steps += _unseen(repair, known.feed, known)
    return steps


def _unseen(repair: RepairNews, feed: FeedStanding, known: Known) -> Iterator[Step]:
    """Say why nothing is known of the present status."""
    changed_at = repair.status_changed_at
    seen = [entry.event.recorded_at for entry in repair.events if entry.event.kind != "comment"]
    if changed_at is None or (seen and changed_at <= max(seen) + timedelta(minutes=1)):
        if not repair.events:
            yield Step("note", "С тех пор как клиентам пишут, с ним ничего не случилось.")
        return
    since = f"В своём статусе он с {known.at(changed_at)}"
    if changed_at < feed.switched_on_at:
        switched = known.at(feed.switched_on_at)
        yield Step("stop", f"{since}, а писать клиентам начали {switched}: о прежнем не рассказываем.")
    elif feed.now - changed_at > _KEPT:
        yield Step("note", f"{since}: что из этого вышло, уже не хранится.")
    elif feed.now - changed_at < _STANDS_STILL:
        yield Step("note", f"{since}: эта смена ещё не замечена, загляните через минуту.")
    else:
        yield Step("stop", f"{since}, но среди событий, которые показала CRM, этой смены нет.")


def _step(repair: RepairNews, entry: KnownEvent, known: Known) -> Step:
    verdict, made = _made(repair, entry, known)
    return Step(verdict, f"{_happened(entry, known)}: {made}.")


def _happened(entry: KnownEvent, known: Known) -> str:
    at = known.at(entry.event.happened_at)
    match entry.event.kind:
        case "created":
            return f"Ремонт приняли {at}"
        case "comment":
            return f"Комментарий записали {at}"
        case _:
            status = short(entry.event.new_status)
            return f"Статус сменился на «{status}» {at}" if status else f"Статус сменился {at}"


def _made(repair: RepairNews, entry: KnownEvent, known: Known) -> tuple[Verdict, str]:
    if _moved_on(entry, repair.events):
        return "note", "сразу за этим он сменился снова, и решали о последней смене"
    match entry.outcome:
        case None:
            return _open(entry, known)
        case "notified":
            return _notified(entry, known)
        case "nobody":
            return _nobody(entry, known)
        case "no_words":
            return _no_words(repair, entry, known)
        case outcome:
            return _PLAIN[outcome]


def _moved_on(entry: KnownEvent, events: Sequence[KnownEvent]) -> bool:
    """Tell whether a later status of the repair was decided about together with this one."""
    if entry.event.kind != "status":
        return False
    later = events[list(events).index(entry) + 1 :]
    return any(
        other.event.kind == "status"
        and (other.outcome, other.is_braked) == (entry.outcome, entry.is_braked)
        and _is_at_once(entry.decided_at, other.decided_at)
        for other in later
    )


def _is_at_once(one: datetime | None, other: datetime | None) -> bool:
    return one is other or (one is not None and other is not None and abs(one - other) < _AT_ONCE)


def _open(entry: KnownEvent, known: Known) -> tuple[Verdict, str]:
    if entry.is_braked:
        return "stop", f"таких сразу очень много, и это ждёт решения человека в Airflow, в DAG {BULK}"
    now = known.feed.now if known.feed else entry.due_at
    if entry.due_at - now > _SETTLES:
        return "note", f"сейчас тихие часы, это ждёт утра — {known.at(entry.due_at)}"
    if entry.due_at >= now:
        return "note", "пока ждём минуту, не сменится ли он снова" if entry.event.kind == "status" else "вот-вот решим"
    if now - entry.due_at < _STANDS_STILL:
        return "note", "вот-вот решим, рассказывать ли"
    return "stop", f"давно пора решить, рассказывать ли, но DAG {NOTIFICATION} не идёт"


def _notified(entry: KnownEvent, known: Known) -> tuple[Verdict, str]:
    """Say what became of the messages; one that has arrived is enough."""
    if not entry.messages:
        return "note", "рассказано, но не тем, кто подключён к этому клиенту сейчас"
    said = [_message(message, entry, known) for message in entry.messages]
    arrived = [one for one in said if one[0] == "ok"]
    return (arrived or said)[0]


def _message(message: EventMessage, entry: KnownEvent, known: Known) -> tuple[Verdict, str]:
    if message.sent_at is not None:
        since_then = ", а потом исправлено: статус вернули назад" if message.is_withdrawn else ""
        return "ok", f"рассказано клиенту {known.at(message.sent_at, entry.event.happened_at)}{since_then}"
    if message.state in _MESSAGES:
        return _MESSAGES[message.state]
    if message.state == "expired":
        return "stop", _expired(message, known)
    if message.reason == _BLOCKED:
        return "stop", "сообщение не дошло, потому что бот заблокирован"
    return "stop", "сообщение не отправили: клиент отключился, попросил не писать, или человек решил, что оно не нужно"


def _expired(message: EventMessage, known: Known) -> str:
    if (message.reason or "").startswith("withdrawn"):
        return "сообщение не успело уйти, а статус уже вернули назад"
    now = known.feed.now if known.feed else message.expires_at
    if now - message.expires_at < _TOMORROW:
        return "сообщение не ушло до тихих часов: если утром это ещё верно, его запишут заново"
    return "сообщение не ушло, и его срок прошёл"


def _nobody(entry: KnownEvent, known: Known) -> tuple[Verdict, str]:
    event = entry.event
    if event.kind == "comment" and not (event.author == "staff" and event.is_for_customer):
        return "note", "он не для клиента"
    began = [binding.began_at for binding in known.bindings if binding.began_at is not None]
    if began and min(began) > event.happened_at:
        return "stop", f"клиент подключился позже, {known.at(min(began), event.happened_at)}, и о прежнем не узнаёт"
    return "stop", "тогда писать было некому: никто не был подключён и не соглашался на сообщения"


def _no_words(repair: RepairNews, entry: KnownEvent, known: Known) -> tuple[Verdict, str]:
    """Say why the client was not told: there are no words, or somebody has switched it."""
    name = _name(repair, entry)
    if name is None:
        return "note", _WITHOUT_WORDS
    if name not in SHIPPED_ON | CAN_BE_TOLD:
        return "note", "для этого статуса нет слов для клиента"
    return _switched(name, repair.branch_id, entry, known)


def _switched(name: str, branch_id: int | None, entry: KnownEvent, known: Known) -> tuple[Verdict, str]:
    """Say how the event was switched when it was decided about."""
    decided_at = entry.decided_at or entry.event.happened_at
    then = Wording(SHIPPED_ON, switches=[each for each in known.switches if each.switched_at <= decided_at])
    is_on, since = then.told_since(name, branch_id)
    if not is_on:
        if since is None:
            return "note", "клиентам об этом не рассказывают, пока событие не включат на странице «События и тексты»"
        return "stop", f"событие выключено с {known.at(since)}"
    if since is not None and since > entry.event.happened_at:
        return "stop", f"событие включили позже, {known.at(since, entry.event.happened_at)}"
    if entry.event.kind == "status" and not then.told_since(SET_BACK, branch_id)[0]:
        return "stop", "ремонт вернулся туда, где был, а событие «Статус вернули назад» выключено"
    return "note", _WITHOUT_WORDS


def _name(repair: RepairNews, entry: KnownEvent) -> str | None:
    """Return the event's name; of a status that is no longer the present one nobody knows the group."""
    if entry.event.kind != "status":
        return entry.event.kind
    last = [each for each in repair.events if each.event.kind == "status"][-1]
    return repair.status_group if entry is last else None
