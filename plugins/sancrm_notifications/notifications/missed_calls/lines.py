"""The lines of a missed call: which repair, which device, whom to call, how long the customer has waited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sancrm_notifications.text.markup import beginning, bold, is_blank, one_line, value
from sancrm_notifications.text.money import NO_BREAK_SPACE
from sancrm_notifications.text.phones import dialable
from sancrm_notifications.text.russian import counted, day_and_month, plural, time_text
from sancrm_notifications.text.web_addresses import can_be_button

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from sancrm_notifications.crm.card_links import CardLinks
    from sancrm_notifications.notifications.missed_calls.cards import Card
    from sancrm_notifications.notifications.missed_calls.figures import Wait
    from sancrm_notifications.notifications.missed_calls.mentions import Mention

READY = "готов"
NO_BRANCH = "Без филиала"
_KEPT_CODE_CHARACTERS = 40
_KEPT_DEVICE_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Style:
    """What all messages share: the zone of their times, phones' region, where the CRM's cards are."""

    zone: ZoneInfo
    phone_region: str
    links: CardLinks | None


def known(text: str | None) -> str | None:
    """Return a typed text without blanks around it, or None when nothing can be seen of it."""
    return None if text is None or is_blank(text) else text.strip()


def kept_code(card: Card) -> str | None:
    """Return the code as the ledger keeps it: on one line, of bounded length."""
    code = known(card.code)
    return None if code is None else beginning(one_line(code), _KEPT_CODE_CHARACTERS)


def kept_device(card: Card) -> str | None:
    """Return the device as the ledger keeps it: on one line, of bounded length."""
    device = device_text(card)
    return None if device is None else beginning(one_line(device), _KEPT_DEVICE_CHARACTERS)


def device_text(card: Card) -> str | None:
    """Return category, brand and model as far as they are known: ``Шуруповёрт Makita DF333D``."""
    parts = filter(None, map(known, (card.device_category, card.device_brand, card.device_model)))
    return " ".join(parts) or None


def repair_name(number: int | None, code: str | None) -> str:
    """Return how staff call a repair: by its code, without one by its number."""
    return known(code) or number_text(number)


def number_text(number: int | None) -> str:
    """Return ``№ 12841``; where the CRM shows none, that it is not known."""
    return f"№{NO_BREAK_SPACE}{'неизвестен' if number is None else number}"


def branch_text(card: Card) -> str:
    """Return the branch's name; of one that has none, its number."""
    return known(card.branch_name) or numbered_branch_text(card.branch_id)


def numbered_branch_text(branch_id: int | None) -> str:
    """Return what a branch of unknown name is called."""
    return NO_BRANCH if branch_id is None else f"Филиал {number_text(branch_id)}"


def status_text(card: Card) -> str:
    """Return the status as HTML; of a repair that is ready, what the customer is to hear."""
    meaning = f"{NO_BREAK_SPACE}— можно забирать" if card.status.strip().casefold() == READY else ""
    return f"{value(card.status.strip())}{meaning}"


def phone_text(card: Card, region: str, shorten: Callable[[str], str] = str) -> str | None:
    """Return the phone as HTML, dialable when it is one, else as typed; None when there is none."""
    typed = known(card.customer_phone)
    if typed is None:
        return None
    return value(dialable(typed, region) or shorten(typed))


def waiting_text(wait: Wait, day: date) -> str:
    """Return how long the customer had waited on the day of the message, in working days."""
    if wait.since_on is None:
        return "Как долго ждёт звонка, неизвестно"
    if wait.since_on == day:
        return "Ждёт звонка с сегодняшнего дня"
    days, at_least = wait.working_days, "по меньшей мере " if wait.is_at_least else ""
    # Over days off; or a message of an earlier day is edited, and the repair has come into its status since.
    if days == 0:
        return f"Ждёт звонка {at_least}с{NO_BREAK_SPACE}{day_and_month(wait.since_on)}"
    if wait.is_at_least:
        of_days = plural(days, "рабочего дня", "рабочих дней", "рабочих дней")
        return f"Ждёт звонка не менее {days}{NO_BREAK_SPACE}{of_days}"
    return f"Ждёт звонка {counted(days, 'рабочий день', 'рабочих дня', 'рабочих дней')}"


def times_text(times: int) -> str:
    """Return which time the chat is notified of it, for the end of a line; the first time needs no word."""
    return "" if times == 1 else f" · сообщаем {bold(f'{times}-й{NO_BREAK_SPACE}раз')}"


def noticed_text(called_at: datetime, zone: ZoneInfo) -> str:
    """Return when it was noticed that the repair no longer waits."""
    return f", замечено {time_text(called_at.astimezone(zone))}"


def card_address(mention: Mention, code: str | None, links: CardLinks | None) -> tuple[str | None, bool]:
    """Return the address of the CRM's card, if there is one, and whether it can be a button."""
    address = None if links is None else links.address(mention.repair_id, mention.number, code)
    return address, address is not None and can_be_button(address)
