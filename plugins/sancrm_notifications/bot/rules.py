"""Who has proven to be which customers: decided from bindings, the CRM's present phones and the clock.

Source: docs/clients.md, Binding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

from sancrm_notifications.events import recipients
from sancrm_notifications.text.phones import shared_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sancrm_notifications.ledger.bindings import Binding
    from sancrm_notifications.ledger.invitations import Invitation

MOST_CUSTOMERS = recipients.MOST_CUSTOMERS
"""A number that more customers have is a receptionist's, or 000: it proves nobody."""
CONFIRMED_FOR = recipients.CONFIRMED_FOR
"""A number that was shared longer ago is asked for again: SIM cards change hands."""
MOST_TRIES = 5
"""Codes that do not fit, within a day."""
SHOWN_FOR = timedelta(days=60)
"""How long after it was closed a repair or a rental is shown."""
NIGHT_BEGINS, NIGHT_ENDS = time(22), time(9)

_CODE = re.compile(
    r"(?:№\s*)?(?:(?P<prefix>[A-ZА-ЯЁ][A-ZА-ЯЁ0-9]{0,7})\s*[\s\-–—]\s*|(?P<glued>[A-ZА-ЯЁ]{0,8}))(?P<number>[0-9]{1,18})"
)
# Letters that look alike: a code is typed from a receipt with whichever keyboard is on.
_ALIKE = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")


@dataclass(frozen=True, slots=True)
class Proven:
    """What an account has proven at this moment.

    ``customers`` are theirs. ``crowded`` are numbers that too many customers have, ``outdated`` those that were shared
    more than a year ago: neither proves anything until the person answers.
    """

    customers: frozenset[int] = frozenset()
    crowded: frozenset[str] = frozenset()
    outdated: frozenset[str] = frozenset()


def proven(bindings: Iterable[Binding], customers_of: Mapping[str, frozenset[int]], now: datetime) -> Proven:
    """Return what open bindings of one account prove; ``customers_of`` are the CRM's for each number of theirs."""
    customers: set[int] = set()
    crowded: set[str] = set()
    outdated: set[str] = set()
    for binding in bindings:
        bearers = customers_of.get(binding.phone or "", frozenset())
        match binding.proof:
            case "link":
                customers |= {binding.customer_id} if binding.customer_id is not None else set()
            case "code":
                # It was this number's customer that the code named: with the number it ends.
                customers |= bearers & {binding.customer_id}
            case "contact" if binding.phone is not None:
                if binding.confirmed_at <= now - CONFIRMED_FOR:
                    outdated.add(binding.phone)
                elif len(bearers) > MOST_CUSTOMERS:
                    crowded.add(binding.phone)
                else:
                    customers |= bearers
    return Proven(frozenset(customers), frozenset(crowded), frozenset(outdated))


def own_number(
    *, shared: str, owner_id: int | None, sender_id: int, is_private: bool, is_forwarded: bool
) -> str | None:
    """Return the number (E.164 without «+») that a contact proves to be its sender's; None: it proves nothing.

    ``owner_id`` is the account that Telegram's server wrote into the contact.
    """
    if not is_private or is_forwarded or owner_id is None or owner_id != sender_id:
        return None
    return shared_number(shared)


LinkVerdict = Literal["ask", "bound", "refused", "expired", "declined"]


def judge_link(invitation: Invitation, user_id: int) -> LinkVerdict:
    """Return what opening a link means for an account.

    «ask»: «Это вы?»; «bound»: it is this account that used it; «refused»: another one did.
    """
    if invitation.is_declined:
        return "declined"
    if invitation.is_used:
        return "bound" if invitation.used_by == user_id else "refused"
    return "expired" if invitation.is_expired else "ask"


def written_code(text: str) -> tuple[str, str] | None:
    """Return prefix and number of a repair's code as people type it, or None: «а 12841» is ("A", "12841")."""
    found = _CODE.fullmatch(text.strip().upper().rstrip("."))
    if found is None:
        return None
    prefix = found["prefix"] or found["glued"] or ""
    return prefix.translate(_ALIKE), found["number"].lstrip("0") or "0"


def is_code(code: str, prefix: str, number: str) -> bool:
    """Tell whether a repair's code is the one that was typed; the prefix may be left out."""
    known = written_code(code)
    return known is not None and known[1] == number and prefix in {"", known[0]}


def is_night(local: datetime) -> bool:
    """Tell whether nobody picks up the phone at this local time."""
    return local.time() >= NIGHT_BEGINS or local.time() < NIGHT_ENDS
