"""What is said of the Variable, of the CRM's address and of e-mail."""

from __future__ import annotations

import pytest

from tests.checks.conftest import Site, text


def first(site: Site, what: str) -> str:
    return next(text(line) for line in site.lines("configuration") if line.what == what)


def test_settings_in_order_are_named(site: Site) -> None:
    assert first(site, "Variable sancrm_notifications") == (
        "ok Variable sancrm_notifications: sets crm_base_url, operator_emails"
    )
    site.patch.delenv("AIRFLOW_VAR_SANCRM_NOTIFICATIONS")
    assert first(site, "Variable sancrm_notifications") == (
        "ok Variable sancrm_notifications: sets nothing: all defaults"
    )


def test_a_wrong_value_is_said_with_name_value_and_expectation_and_stops_nothing(site: Site) -> None:
    site.variable(digest_above="many", rich="yes")
    lines = [text(line) for line in site.lines("configuration")]
    assert lines[0] == (
        "FAIL Variable: Airflow Variable sancrm_notifications: rich = 'yes': Input should be 'auto' or 'off';"
        " digest_above = 'many': Input should be a valid integer, unable to parse string as an integer"
    )
    assert any(line.startswith("ok schedule of profitability_daily") for line in lines)


def test_sending_that_is_off_is_noted(site: Site) -> None:
    site.variable(sending=False)
    assert first(site, "sending") == (
        "note sending: off: everything is computed and stored, nothing leaves → set it on in sancrm_notifications"
    )


@pytest.mark.parametrize("address", ["http://crm:8080", "http://localhost"])
def test_an_address_that_can_be_no_button_is_a_fault(site: Site, address: str) -> None:
    site.variable(crm_base_url=address)
    assert first(site, "crm_base_url") == (
        f"FAIL crm_base_url: {address} cannot be a button: Telegram wants a host with a dot in its name → set an"
        " address such as https://crm.example.org in sancrm_notifications; until then messages show it as text"
    )


def test_an_address_that_can_be_a_button_is_shown_as_a_card(site: Site) -> None:
    site.variable(crm_base_url="https://crm.example.org/", repair_card_path="/card/{code}")
    assert first(site, "crm_base_url") == "ok crm_base_url: usable as a button: https://crm.example.org/card/1"


def test_no_address_is_noted(site: Site) -> None:
    site.variable()
    assert first(site, "crm_base_url").startswith("note crm_base_url: not set: messages have no button «Открыть в CRM»")


def test_email_needs_a_connection_and_somebody_to_write_to(site: Site) -> None:
    assert first(site, "e-mail") == "ok e-mail: news that Telegram does not take goes out through smtp_default to 1"
    site.variable()
    assert first(site, "e-mail").startswith("note e-mail: operator_emails is empty")
    site.patch.delenv("AIRFLOW_CONN_SMTP_DEFAULT")
    assert first(site, "e-mail").startswith("note e-mail: there is no connection smtp_default")
