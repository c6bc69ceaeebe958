"""Whether what people have set can be used: the Airflow Variable, the CRM's address, the way for e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications import connections, settings
from sancrm_notifications.checks.line import Line, fail, note, ok
from sancrm_notifications.checks.places import readable_settings
from sancrm_notifications.crm.card_links import CardLinks
from sancrm_notifications.settings import VARIABLE
from sancrm_notifications.text.web_addresses import can_be_button

if TYPE_CHECKING:
    from collections.abc import Iterator


def variable_lines() -> Iterator[Line]:
    """Yield whether the Variable is understood.

    :raises SettingsError: it is not; the text names each field, its value and what was expected
    """
    chosen = settings.load()
    given = sorted(chosen.model_fields_set)
    yield ok(f"Variable {VARIABLE}", f"sets {', '.join(given)}" if given else "sets nothing: all defaults")
    if not chosen.sending:
        yield note("sending", "off: everything is computed and stored, nothing leaves", f"set it on in {VARIABLE}")


def crm_address_lines() -> Iterator[Line]:
    """Yield whether Telegram takes the addresses of repair cards for buttons."""
    what = "crm_base_url"
    chosen = readable_settings()
    if chosen.crm_base_url is None:
        yield note(what, "not set: messages have no button «Открыть в CRM»", f"set the CRM's address in {VARIABLE}")
        return
    address = CardLinks(chosen.crm_base_url, chosen.repair_card_path).address(repair_id=1, number=1, code="1")
    if address is not None and can_be_button(address):
        yield ok(what, f"usable as a button: {address}")
        return
    yield fail(
        what,
        f"{chosen.crm_base_url} cannot be a button: Telegram wants a host with a dot in its name",
        f"set an address such as https://crm.example.org in {VARIABLE}; until then messages show it as text",
    )


def mail_lines() -> Iterator[Line]:
    """Yield whether news of a failure can go by e-mail when Telegram is what fails."""
    from sancrm_notifications.channels.mail import CONNECTION

    what = "e-mail"
    emails = readable_settings().operator_emails
    if connections.telegram_connection(CONNECTION) is None:
        words = f"there is no connection {CONNECTION}: when Telegram fails, that is said in the logs only"
        yield note(what, words, "make it, and set operator_emails")
    elif not emails:
        words = "operator_emails is empty: when Telegram fails, that is said in the logs only"
        yield note(what, words, f"name who is to hear of it in {VARIABLE}")
    else:
        yield ok(what, f"news that Telegram does not take goes out through {CONNECTION} to {len(emails)}")
