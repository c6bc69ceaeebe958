"""Makes a link that binds one customer: asks the CRM who it is, and the ledger what the bot is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from sancrm_notifications import connections
from sancrm_notifications.bot.messages.binding import masked
from sancrm_notifications.ledger import invitations, listeners
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.pages import chat_addresses, crm_questions

if TYPE_CHECKING:
    from datetime import datetime

LARGEST_ID = 2**63 - 1
_NOT_A_NUMBER = "Номер клиента — это число из его карточки в CRM. Ничего не сделано."
_UNKNOWN = "Клиента с таким номером в CRM нет, или она не показывает клиентов. Ничего не сделано."
NO_BOT = (
    "Имя бота ещё неизвестно: ссылке некуда вести. Включите DAG client_bot и подождите, пока он начнёт слушать."
    " Ничего не сделано."
)


class InvitationRefusedError(Exception):
    """A link cannot be made; the text is a Russian sentence for whoever asked, ``status`` that of HTTP."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Invited:
    """A link that was made just now, for whom, and until when; ``masked_name`` is None where the CRM has no name."""

    customer_id: int
    masked_name: str | None
    link: str
    expires_at: datetime


def customer_id_of(written: str) -> int:
    """Return the customer that was typed.

    :raises InvitationRefusedError: it is no number
    """
    text = written.strip()
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:20]) <= LARGEST_ID:
        raise InvitationRefusedError(_NOT_A_NUMBER, 400)
    return int(text)


def bot_username() -> str | None:
    """Return what the bot is called that speaks to clients; None: it has never listened, or there is none."""
    bot_id = chat_addresses.now(["staff"]).get("staff", chat_addresses.ChatAddress()).bot_id
    if bot_id is None:
        return None
    with reading(connections.ledger_conninfo()) as connection:
        return listeners.username(connection, bot_id)


def invite(customer_id: int, made_by: str, token: str | None = None) -> Invited:
    """Make a link for a customer that the CRM has; the same ``token`` again is the same link.

    :raises InvitationRefusedError: there is no such customer, or nobody knows what the bot is called
    :raises SilentError: the CRM does not answer
    """
    username = bot_username()
    if not username:
        raise InvitationRefusedError(NO_BOT, 409)
    region = chat_addresses.readable_settings()[0].phone_region
    customer = crm_questions.asked(lambda crm: crm.customer(customer_id), region)
    if customer is None:
        raise InvitationRefusedError(_UNKNOWN, 404)
    made = invitations.make(connections.ledger_conninfo(), customer_id, made_by, token)
    # Source: https://core.telegram.org/api/links#bot-links
    link = f"https://t.me/{username}?start={made.token}"
    return Invited(customer_id, masked(customer.name), link, made.expires_at)


def qr_picture(link: str) -> Markup:
    """Return the link's QR code as an SVG, black on white in either theme, as phones expect it."""
    import segno

    code = segno.make(link, error="m", micro=False)
    svg = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, title="QR-код ссылки")
    return Markup(svg)  # noqa: S704 - an SVG of segno's, which writes nothing into it but squares and our title
