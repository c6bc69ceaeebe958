"""The pages on a whole Airflow: a decision is carried out by its run, a preview and the checks by theirs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.installation.installation import Installation

pytestmark = pytest.mark.timeout(600)
HOME = "/sancrm-notifications"


class Browser:
    """What a person does in a browser: open pages, and send their forms."""

    def __init__(self, installation: Installation) -> None:
        services = installation.services
        self._http = httpx.Client(base_url=services.airflow_url, trust_env=False, timeout=60, follow_redirects=True)
        login = {"username": services.user, "password": services.password}
        token = self._http.post("/auth/token", json=login).raise_for_status().json()["access_token"]
        self._http.cookies.set("_token", token)

    def open(self, path: str) -> str:
        """Return a page's HTML, with plain spaces."""
        return self._http.get(f"{HOME}/{path}").raise_for_status().text.replace("\N{NO-BREAK SPACE}", " ")

    def send(self, path: str, page: str, **fields: str) -> httpx.URL:
        """Send a form of a page with these fields filled in; return where that leads."""
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
        answer = self._http.post(f"{HOME}/{path}", data={**hidden, **fields}, headers={"Sec-Fetch-Site": "same-origin"})
        return answer.raise_for_status().url


def test_a_decision_sends_the_message_again(installation: Installation):
    statement = "select key, message_id from notifications.messages where state = 'sent' order by message_id limit 1"
    message = installation.ledger(statement)[0]
    installation.change_ledger(
        "update notifications.messages set telegram_message_id = null, state = 'parked', reason = 'chat_gone: kicked'"
        f" where message_id = {message['message_id']}"
    )
    before = len(installation.arrived())
    browser = Browser(installation)
    assert f'/messages/{message["message_id"]}"' in browser.open("waiting")
    asked = browser.open(f"decide?do=send&message={message['message_id']}")
    outcome = str(browser.send("decide", asked)).split(f"{HOME}/")[1]
    installation.wait_until(lambda: "Сделано." in browser.open(outcome), "the decision is carried out")
    assert "в чате — 1." in browser.open(outcome)
    assert len(installation.arrived()) == before + 1
    assert message["message_id"] not in {row["message_id"] for row in installation.ledger(
        "select message_id from notifications.messages where state in ('parked', 'held')"
    )}  # fmt: skip


def test_what_is_no_longer_wanted_waits_for_nobody(installation: Installation):
    statement = "select message_id from notifications.messages where state = 'sent' order by message_id desc limit 1"
    message_id = installation.ledger(statement)[0]["message_id"]
    installation.change_ledger(
        "update notifications.messages set state = 'expired', reason = 'too late', telegram_message_id = null"
        f" where message_id = {message_id}"
    )
    browser = Browser(installation)
    asked = browser.open(f"decide?do=not_wanted&message={message_id}")
    outcome = str(browser.send("decide", asked)).split(f"{HOME}/")[1]
    installation.wait_until(lambda: "больше не нужно — 1." in browser.open(outcome), "the decision is carried out")
    assert f'/messages/{message_id}"' not in browser.open("waiting")


def test_a_preview_is_made_and_compared_with_the_chat(installation: Installation):
    browser = Browser(installation)
    before = len(installation.arrived())
    sent = "select period from notifications.messages where notification = 'profitability_daily' and state = 'sent'"
    period = installation.ledger(sent)[0]["period"]
    made = browser.send("preview", browser.open("preview"), notification="profitability_daily", day=period, branch="")
    path = str(made).split(f"{HOME}/")[1]
    installation.wait_until(lambda: "уже в чате" in browser.open(path), "the preview is there")
    assert "<strong>0</strong> отправить, <strong>0</strong> изменить, <strong>3</strong> уже в чате." in browser.open(
        path
    )
    assert len(installation.arrived()) == before


def test_the_checks_are_run_and_shown(installation: Installation):
    browser = Browser(installation)
    installation.unpause("check_connections")
    browser.send("health/check", browser.open("health"))
    installation.wait_until(lambda: "проверено" in browser.open("health"), "the checks are kept")
    installation.wait_until(
        lambda: all(f"<h3>{words} <" in browser.open("health") for words in ("Настройки", "Telegram", "Базы данных")),
        "each group is kept",
    )
    installation.pause("check_connections")
