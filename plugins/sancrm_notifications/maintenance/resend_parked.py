"""The task of `resend_parked` that finds: what waits for a person, and what of it the form asks to send again."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sancrm_notifications import connections
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.ledger.parked import Waiting, waiting
from sancrm_notifications.schedule.crons import time_zone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from airflow.sdk import Context

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done: which messages are tried again, which noted as delivered or not wanted, by which deliveries.

    ``batches``: each as :class:`DeliverOperator` takes a delivery, in the order in which their messages were stored.
    ``states`` are those a message must stand in to be tried again: one that is held needs a person's word.
    """

    message_ids: list[int] = field(default_factory=list)
    delivered_ids: list[int] = field(default_factory=list)
    batches: list[dict[str, Any]] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    withheld: str | None = None
    not_wanted_ids: list[int] = field(default_factory=list)


def find(context: Context) -> dict[str, Any]:
    """List what waits for a person in the log; return the lines and what to deliver.

    :raises AirflowException: the ledger cannot be reached
    """
    form = context["params"]
    with explained():
        conninfo = connections.ledger_conninfo()
        found = waiting(conninfo, key_start=form["message"] or "", destination=form["destination"] or None)
    held = form["held"]
    if form["decision"] == "not_wanted":
        # Among them those whose end of use has passed, which nobody waits for any more otherwise.
        return {"lines": [], "delivery": asdict(Plan(not_wanted_ids=form["message_ids"] or []))}
    if form["decision"]:
        # Who names messages has seen each of them, also those that are held.
        found, held = named(found, form["decision"], form["message_ids"] or ()), form["decision"]
    lines = [line(message, time_zone()) for message in found]
    for each in lines:
        log.info(each)
    return {"lines": lines, "delivery": asdict(plan(found, held, only_list=form["only_list"]))}


def named(found: Iterable[Waiting], decision: str, message_ids: Collection[int]) -> list[Waiting]:
    """Return the messages that a decision names; «delivered» says nothing of those that Telegram did not take."""
    states = {"held"} if decision == "delivered" else {"parked", "held"}
    return [message for message in found if message.message_id in message_ids and message.state in states]


def plan(found: Iterable[Waiting], held: str, *, only_list: bool) -> Plan:
    """Return what to do with the messages found; ``held`` is «leave», «send» or «delivered».

    What is past its end of use is never sent.
    """
    if only_list:
        return Plan(withheld="only a list was asked for: nothing was sent")
    known = list(found)
    sendable = {"parked", "held"} if held == "send" else {"parked"}
    again = [message for message in known if message.state in sendable and not message.is_past_use]
    delivered = [message.message_id for message in known if message.state == "held" and held == "delivered"]
    if not again and not delivered:
        return Plan(withheld="nothing that was asked for waits to be sent")
    subjects: dict[str, dict[str, None]] = {}
    for message in again:
        # An answer of the bot is sent by whoever listens, as soon as it is open again.
        if not message.is_answer:
            subjects.setdefault(message.batch, {})[message.subject] = None
    # As a backfill does, it lets what is current go first.
    batches = [{"batch": batch, "subjects": list(names), "is_backfill": True} for batch, names in subjects.items()]
    return Plan([message.message_id for message in again], delivered, batches, sorted(sendable))


def line(message: Waiting, zone: str) -> str:
    """Return a message of the list: key (it ends with destination and part), state, until when, reason."""
    until = f"{message.expires_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    use = f"not sent any more since {until}" if message.is_past_use else f"can be sent until {until}"
    if message.is_answer:
        use += ", an answer of the bot: whoever asked can ask again"
    return f"{message.key}: {message.state}, {use}: {message.reason}"
