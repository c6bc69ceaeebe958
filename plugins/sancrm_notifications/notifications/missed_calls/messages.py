"""Missed calls: a message for each waiting repair, digests of several, and how they read when a customer was called.

Source: docs/missed_calls.md, What a message says.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from sancrm_notifications.notifications.missed_calls.lines import (
    branch_text,
    card_address,
    device_text,
    known,
    noticed_text,
    number_text,
    numbered_branch_text,
    phone_text,
    repair_name,
    status_text,
    times_text,
    waiting_text,
)
from sancrm_notifications.notifications.missed_calls.routing import FOR_ALL
from sancrm_notifications.text.buttons import Action, ActionButton, Button
from sancrm_notifications.text.call_marks import call_mark, with_marks
from sancrm_notifications.text.limits import PART_LIMIT
from sancrm_notifications.text.markup import beginning, bold, escape, value, visible_length
from sancrm_notifications.text.message import Message
from sancrm_notifications.text.monospace import ELLIPSIS, shortened
from sancrm_notifications.text.phones import whole_numbers
from sancrm_notifications.text.russian import counted, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sancrm_notifications.notifications.missed_calls.cards import Card
    from sancrm_notifications.notifications.missed_calls.figures import Wait
    from sancrm_notifications.notifications.missed_calls.lines import Style
    from sancrm_notifications.notifications.missed_calls.mentions import Mention

OPEN_IN_CRM = "Открыть в CRM"
CALL_MADE = "Позвонил"
CALLED = "Снято с обзвона"
_BUTTON_NAME_WIDTH = 24
# Columns of a value in a digest: the widest at which all its repairs fit one message.  At the last they always do,
# once addresses that can be no button are left out.
_DIGEST_WIDTHS = (60, 30, 12)
_PHONE_WIDTH = 40  # two numbers


@dataclass(frozen=True, slots=True)
class Entry:
    """One repair in a message; ``card`` is None when the CRM no longer has it, which only a called one may be.

    ``called_by`` is who has said by the button, at the mention's ``marked_at``, that the customer was called.
    """

    mention: Mention
    card: Card | None
    wait: Wait
    called_by: str | None = None

    @property
    def is_to_be_called(self) -> bool:
        """Whether the customer waits, and nobody has said to have called."""
        return self.mention.called_at is None and self.mention.marked_at is None

    @property
    def code(self) -> str | None:
        """The code as it was typed, or as it was when the chat was notified of the repair."""
        return self.mention.code if self.card is None else known(self.card.code)

    @property
    def name(self) -> str:
        """What staff call the repair."""
        return repair_name(self.mention.number, self.code)

    @property
    def branch(self) -> str:
        """What the repair's branch is called."""
        return numbered_branch_text(self.mention.branch_id) if self.card is None else branch_text(self.card)


def subject(repair_ids: Sequence[int]) -> str:
    """Return the subject of a message that is about these repairs."""
    return f"repair:{repair_ids[0]}" if len(repair_ids) == 1 else f"digest:{repair_ids[0]}"


def message(
    subject: str,
    day: date,
    entries: Sequence[Entry],
    style: Style,
    *,
    destination: str,
    silent: bool,
    is_further: bool = True,
) -> Message:
    """Return what a message of a local day says of its repairs: of one by itself, of several as a digest.

    ``is_further``: its chat had a message of that day before this one.
    """
    is_single = len(entries) == 1
    html = (
        with_marks(_single(entries[0], day, style), _marks(entries, style))
        if is_single
        else _digest(entries, day, style, is_further=is_further)
    )
    first = shortened(entries[0].name, _BUTTON_NAME_WIDTH)
    return Message(
        subject=subject,
        destination=destination,
        label=first if is_single else f"{first} и ещё {len(entries) - 1}",
        html=html,
        buttons=tuple(filter(None, (_buttons(entry, style, is_single=is_single) for entry in entries))),
        silent=silent,
        figures={"repairs": [entry.mention.figures() for entry in entries]},
    )


def nobody_waits() -> Message:
    """Return the line for a day on which nobody waits for a call."""
    words = "Незвонков нет: никто не ждёт звонка."
    return Message("nobody", FOR_ALL, "Незвонков нет", words, silent=True, figures={"repairs": []})


def _single(entry: Entry, day: date, style: Style) -> str:
    if entry.card is None or entry.mention.called_at is not None:
        return _called(entry, style)
    card = entry.card
    device = device_text(card)
    name = known(card.customer_name)
    phone = phone_text(card, style.phone_region)
    number = f"{number_text(entry.mention.number)} · " if entry.code else ""
    address = _address_line(entry, style)
    paragraphs = [
        [bold(f"Перезвонить клиенту · {value(entry.name)}"), f"{number}{value(entry.branch)}"],
        [*([value(device)] if device else []), f"Статус: {status_text(card)}"],
        [f"Клиент: {value(name) if name else 'имя не указано'}", f"Телефон: {phone or 'не указан'}"],
        [_wait(entry, day), *([address] if address else [])],
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs)


def _called(entry: Entry, style: Style) -> str:
    """Say of a repair that it no longer waits: by what the ledger has kept, without name and phone."""
    address = _address_line(entry, style)
    lines = [
        f"{bold(CALLED)}{_noticed(entry.mention, style)}",
        _kept_name(entry.mention),
        *([value(entry.mention.device)] if entry.mention.device else []),
        *([address] if address else []),
    ]
    return "\n".join(lines)


def _digest(entries: Sequence[Entry], day: date, style: Style, *, is_further: bool) -> str:
    """Return the digest with values as long as fit one message."""
    marks = _marks(entries, style)
    title = bold(_digest_title(entries, is_further=is_further))
    for columns in _DIGEST_WIDTHS:
        html = with_marks("\n\n".join([title, *_digest_blocks(entries, day, style, _Room(columns))]), marks)
        if visible_length(html) <= PART_LIMIT:
            return html
    tight = _digest_blocks(entries, day, style, _Room(_DIGEST_WIDTHS[-1], is_tight=True))
    return with_marks("\n\n".join([title, *tight]), marks)


def _marks(entries: Sequence[Entry], style: Style) -> list[str]:
    """Return who has called whom, the first call first; of several repairs each is named."""
    marked = [(entry.mention.marked_at, entry) for entry in entries if entry.mention.marked_at is not None]
    return [
        call_mark(entry.name if len(entries) > 1 else None, entry.called_by or "", at.astimezone(style.zone))
        for at, entry in sorted(marked, key=itemgetter(0))
    ]


@dataclass(frozen=True, slots=True)
class _Room:
    """How many columns a digest has for a value.

    ``is_tight``: that counts characters too, as marks that take no column may be many, and nothing but values fits.
    """

    columns: int
    is_tight: bool = False

    def shorten(self, text: str) -> str:
        """Return a value that fits."""
        return self._shorten(text, self.columns)

    def shorten_phone(self, typed: str) -> str:
        """Return what was typed as a phone: it ends between two numbers, as half of one is another's."""
        columns = max(self.columns, _PHONE_WIDTH)
        return self._shorten(whole_numbers(typed, columns), columns)

    def _shorten(self, text: str, columns: int) -> str:
        if self.is_tight and len(text) > columns:
            text = beginning(text, columns - 1) + ELLIPSIS
        return shortened(text, columns)


def _digest_blocks(entries: Sequence[Entry], day: date, style: Style, room: _Room) -> Iterator[str]:
    """Yield a heading for each branch, and behind it its repairs."""
    for branch_id, of_branch in groupby(entries, key=lambda entry: entry.mention.branch_id):
        members = list(of_branch)
        # A repair may have gone to another branch since: its name is not this one's.
        cards = (entry.card for entry in members if entry.card is not None)
        names = (branch_text(card) for card in cards if card.branch_id == branch_id)
        yield bold(value(room.shorten(next(names, numbered_branch_text(branch_id)))))
        for entry in members:
            lines = _digest_lines(entry, day, style, room)
            address = None if room.is_tight else _address_line(entry, style)
            yield "\n".join([*lines, *([address] if address else [])])


def _digest_title(entries: Sequence[Entry], *, is_further: bool) -> str:
    waiting = sum(entry.is_to_be_called for entry in entries)
    if not waiting:
        is_over = all(entry.mention.called_at is not None for entry in entries)
        return f"{CALLED if is_over else 'Позвонили'}: {counted(len(entries), 'ремонт', 'ремонта', 'ремонтов')}"
    wait = plural(waiting, "ждёт", "ждут", "ждут")
    words = f"Ещё {wait}" if is_further else wait.capitalize()
    return f"{words} звонка: {counted(waiting, 'ремонт', 'ремонта', 'ремонтов')}"


def _digest_lines(entry: Entry, day: date, style: Style, room: _Room) -> list[str]:
    shorten = room.shorten
    number = f" · {number_text(entry.mention.number)}" if entry.code else ""
    name = f"{bold(value(shorten(entry.name)))}{number}"
    if entry.card is None or entry.mention.called_at is not None:
        device = [value(shorten(entry.mention.device))] if entry.mention.device else []
        return [name, *device, f"{CALLED}{_noticed(entry.mention, style)}"]
    card = entry.card
    typed_device = device_text(card)
    customer = known(card.customer_name)
    phone = phone_text(card, style.phone_region, room.shorten_phone) or "телефон не указан"
    return [
        f"{name} · {value(shorten(card.status))}",
        *([value(shorten(typed_device))] if typed_device else []),
        f"{value(shorten(customer)) if customer else 'имя не указано'} · {phone}",
        _wait(entry, day),
    ]


def _wait(entry: Entry, day: date) -> str:
    return waiting_text(entry.wait, day) + times_text(entry.mention.times)


def _noticed(mention: Mention, style: Style) -> str:
    return "" if mention.called_at is None else noticed_text(mention.called_at, style.zone)


def _kept_name(mention: Mention) -> str:
    if mention.code is None:
        return number_text(mention.number)
    return f"{value(mention.code)} · {number_text(mention.number)}"


def _buttons(entry: Entry, style: Style, *, is_single: bool) -> tuple[Button | ActionButton, ...]:
    address, is_button = card_address(entry.mention, entry.code, style.links)
    name = "" if is_single else f"{shortened(entry.name, _BUTTON_NAME_WIDTH)} · "
    links = (Button(f"{name}{OPEN_IN_CRM}", address),) if address is not None and is_button else ()
    if not entry.is_to_be_called:
        return links
    # Beside a button that names the repair the name would only take room.
    return (*links, ActionButton(CALL_MADE if links else f"{name}{CALL_MADE}", Action.CALLED, entry.mention.repair_id))


def _address_line(entry: Entry, style: Style) -> str | None:
    """Return the card's address as text where it can be no button."""
    address, is_button = card_address(entry.mention, entry.code, style.links)
    return None if address is None or is_button else f"В CRM: {escape(address)}"
