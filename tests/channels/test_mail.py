"""E-mail as a channel: what arrives in the mailbox, and what a server's refusal means for the message."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from sancrm_notifications.channels import mail
from sancrm_notifications.channels.channel import Post
from sancrm_notifications.ledger.outcome import Outcome, Result
from tests.desk import report
from tests.smtp import MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.desk import Desk

DUTY = mail.address(["duty@example.org", "second@example.org"])
PLAIN = {"disable_ssl": True, "disable_tls": True}
BUTTON = {"text": "Открыть", "url": "https://crm.example.org/?a=1&b=2"}
PRESSED = {"text": "Позвонил", "callback_data": "called:7"}


def connect(monkeypatch: pytest.MonkeyPatch, port: int, **fields: object) -> None:
    """Let Airflow's SMTP connection lead to a port of this machine."""
    extra = {"from_email": "airflow@example.org", **PLAIN}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra, **fields}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """Run a mail server that Airflow's SMTP connection leads to."""
    with MailServer() as running:
        connect(monkeypatch, running.port)
        yield running


def send(post: Post) -> Outcome:
    """Send to the two on duty."""
    channel = DUTY.bot.channel()
    return asyncio.run(channel.send(channel.build_request(DUTY.chat_id, None, post)))


def test_an_e_mail_has_the_first_line_as_its_subject_and_links_below(server: MailServer) -> None:
    assert (
        send(Post("html", "<b>Сбой &amp; отказ</b>\nНочь", buttons=[[BUTTON, PRESSED], [PRESSED]])).result
        is Result.SENT
    )

    (arrived,) = server.mails
    assert arrived["Subject"] == "SanCRM: Сбой & отказ"
    assert arrived["To"] == "duty@example.org, second@example.org"
    assert server.recipients == ["duty@example.org", "second@example.org"]
    html = arrived.get_body().get_content()  # type: ignore[union-attr]
    assert "<b>Сбой &amp; отказ</b><br>\nНочь<br>\nОткрыть: https://crm.example.org/?a=1&amp;b=2" in html
    assert "Позвонил" not in html


def test_a_plain_text_is_shown_as_it_is_written(server: MailServer) -> None:
    assert send(Post("plain", "a < b & c")).result is Result.SENT
    assert "a &lt; b &amp; c" in server.mails[0].get_body().get_content()  # type: ignore[union-attr]


def test_an_e_mail_cannot_be_edited(server: MailServer) -> None:
    assert send(Post("html", "Стало", edits=5)).result is Result.UNEDITABLE
    assert server.mails == []


@pytest.mark.parametrize(
    ("command", "answer", "result"),
    [
        ("RCPT", "550 5.1.1 duty@example.org: no such mailbox", Result.CHAT_GONE),
        ("MAIL", "553 5.7.1 airflow@example.org may not send", Result.BAD_TOKEN),
        (".", "554 5.7.1 this looks like spam", Result.BAD_MESSAGE),
        (".", "451 4.7.1 try again later", Result.NOT_SENT),
    ],
)
def test_a_refusal_becomes_an_outcome_without_the_addresses_in_it(
    server: MailServer, command: str, answer: str, result: Result
) -> None:
    server.answers[command] = answer
    outcome = send(Post("html", "Сбой"))
    assert outcome.result is result
    assert "example.org" not in outcome.reason + outcome.advice
    assert outcome.advice or result in {Result.BAD_MESSAGE, Result.NOT_SENT}


def test_a_server_that_is_away_got_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, 1)
    assert send(Post("html", "Сбой")).result is Result.NOT_SENT


def test_of_a_server_that_falls_silent_nobody_knows(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "_MOST_SECONDS", 0.3)
    server.pause_seconds = 1.0
    assert send(Post("html", "Сбой")).result is Result.UNKNOWN


def test_without_a_connection_it_says_what_to_fill_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_SMTP_DEFAULT", raising=False)
    outcome = send(Post("html", "Сбой"))
    assert outcome.result is Result.BAD_TOKEN
    assert "smtp_default" in outcome.advice


def test_a_batch_of_the_ledger_goes_by_e_mail_through_the_same_delivery(
    desk: Desk, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "address", lambda name, token=None: DUTY)  # noqa: ARG005
    desk.store(
        report("branch:1", "Филиал"), report("network", "<b>Сводка</b>", rich_html="<h1>Сводка</h1>", closes_batch=True)
    )

    assert desk.deliver() == {"sent": 2}

    assert [arrived["Subject"] for arrived in server.mails] == ["SanCRM: Филиал", "SanCRM: Сводка"]
    server.answers["RCPT"] = "550 gone"
    desk.store(report("branch:2", "Филиал"))
    assert desk.deliver() == {"sent": 2, "parked": 1}
    (row,) = desk.rows("select reason, reason_for_staff from notifications.messages where state = 'parked'")
    assert "correct their addresses" in row["reason"]
    assert row["reason_for_staff"] == "почтовый ящик не найден"
