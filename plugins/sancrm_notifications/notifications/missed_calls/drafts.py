"""From what is decided to the texts: the messages of a plan, and what known messages must say now."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sancrm_notifications.crm.card_links import CardLinks
from sancrm_notifications.ledger.revising import Revision
from sancrm_notifications.notifications.missed_calls.lines import Style, kept_code, kept_device
from sancrm_notifications.notifications.missed_calls.mentions import Mention
from sancrm_notifications.notifications.missed_calls.messages import Entry, message, nobody_waits, subject
from sancrm_notifications.text.web_addresses import can_be_button

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from sancrm_notifications.notifications.missed_calls.cards import Card
    from sancrm_notifications.notifications.missed_calls.rules import History, Plan
    from sancrm_notifications.schedule.working_days import Calendar
    from sancrm_notifications.settings import Settings
    from sancrm_notifications.text.message import Message

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DraftInputs:
    """What texts are written from: what the chats were notified of, the cards of all repairs that matter, the style.

    ``calendar`` is that of the working days that waiting is counted in.
    """

    history: History
    cards: Mapping[int, Card]
    calendar: Calendar
    style: Style


def new_messages(plan: Plan, inputs: DraftInputs) -> list[Message]:
    """Return what the chats are notified of now; only the first message of each rings."""
    if plan.says_nobody_waits:
        return [nobody_waits()]
    history = inputs.history
    return [
        message(
            subject(group.repair_ids),
            history.today,
            _entries([_mention(repair_id, inputs) for repair_id in group.repair_ids], history.today, inputs),
            inputs.style,
            destination=group.destination,
            silent=not group.is_first,
            is_further=not group.is_first or history.is_told_today(group.destination),
        )
        for group in plan.groups
    ]


def revisions(plan: Plan, inputs: DraftInputs) -> Iterator[Revision]:
    """Yield what known messages must say now."""
    for change in plan.changes:
        known = change.message
        entries = _entries(change.mentions, known.day, inputs)
        is_further = inputs.history.has_earlier(known)
        written = message(
            known.subject,
            known.day,
            entries,
            inputs.style,
            destination=known.destination,
            silent=True,
            is_further=is_further,
        )
        yield Revision(known.day.isoformat(), written, is_withdrawn=change.is_withdrawn)


def previews(plan: Plan, inputs: DraftInputs) -> Iterator[Message]:
    """Yield what known messages would say; messages of several days may be about one repair."""
    for revision in revisions(plan, inputs):
        yield replace(revision.message, subject=f"{revision.period}/{revision.message.subject}")


def style(chosen: Settings, zone: ZoneInfo) -> Style:
    """Return how all messages are written; an address that can be no button is warned of, once."""
    links = None
    if chosen.crm_base_url is not None:
        links = CardLinks(chosen.crm_base_url, chosen.repair_card_path)
        if not can_be_button(chosen.crm_base_url):
            log.warning(
                "setting crm_base_url = %r can be no button: Telegram wants a host with a dot. The address stands in"
                " the messages as text",
                chosen.crm_base_url,
            )
    return Style(zone, chosen.phone_region, links)


def _mention(repair_id: int, inputs: DraftInputs) -> Mention:
    card = inputs.cards[repair_id]
    return Mention(
        repair_id=repair_id,
        branch_id=card.branch_id,
        number=card.number,
        code=kept_code(card),
        device=kept_device(card),
        times=inputs.history.times(repair_id),
        waits_again_at=inputs.history.now if inputs.history.is_called_today(repair_id) else None,
    )


def _entries(mentions: Sequence[Mention], day: date, inputs: DraftInputs) -> list[Entry]:
    """Return the repairs of a message of a day as it shows them."""
    # Loads pandas, which only the task that writes messages needs.
    from sancrm_notifications.notifications.missed_calls import figures

    cards = [inputs.cards.get(mention.repair_id) for mention in mentions]
    since = [None if card is None else card.waiting_on(inputs.style.zone) for card in cards]
    first_notified = [inputs.history.first_notified_on(mention.repair_id, before=day) for mention in mentions]
    waits = figures.waits(day, since, first_notified, inputs.calendar)
    calls = [inputs.history.call(day, mention) for mention in mentions]
    return [
        Entry(mention, card, wait, None if call is None else call.called_by)
        for mention, card, wait, call in zip(mentions, cards, waits, calls, strict=True)
    ]
