"""Where a branch is and how to reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.bot.messages.typeset import typeset
from sancrm_notifications.text.markup import beginning, bold, is_blank, one_line, value
from sancrm_notifications.text.phones import dialable
from sancrm_notifications.text.russian import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sancrm_notifications.crm.clients import Branch

_MOST = 8
_LONGEST = 300


@typeset
def contacts(branches: Sequence[Branch], region: str) -> str:
    """Return the answer to /contacts: each branch with its address, hours and phone."""
    if not branches:
        return "Телефон и адрес мастерской есть на вашей квитанции."
    shown = [_block(branch, region) for branch in branches[:_MOST]]
    if more := len(branches) - len(shown):
        shown.append(f"И ещё {counted(more, 'мастерская', 'мастерские', 'мастерских')}.")
    return "\n\n".join(shown)


def call_us(branch: Branch | None, region: str) -> str:
    """Return the end of a sentence that says whom to call: «позвоните в мастерскую: +7 …»."""
    phone = shown_phone(branch, region)
    return f"позвоните в мастерскую: {phone}" if phone else "позвоните в мастерскую"


def shown_phone(branch: Branch | None, region: str) -> str | None:
    """Return a branch's phone, to be dialled by a tap where it is one number; None: not known."""
    if branch is None or is_blank(branch.phone):
        return None
    return value(dialable(branch.phone or "", region) or _short(branch.phone or ""))


def _block(branch: Branch, region: str) -> str:
    name, address = _short(branch.name), _short(branch.address or "")
    # Branches are often called by their address: «Владимир, ул. Кирова» at «Владимир, ул. Кирова, 29».
    place = [address] if address.casefold().startswith(name.casefold()) else [name, address]
    lines = [bold(value(place[0]))]
    lines += [value(_short(text)) for text in (*place[1:], branch.opening_hours) if text and not is_blank(text)]
    phone = shown_phone(branch, region)
    return "\n".join([*lines, phone] if phone else lines)


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _LONGEST else f"{beginning(line, _LONGEST - 1)}…"
