"""No check stops another: not by an error, not by hanging; and none lets a token out."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowException

from sancrm_notifications.checks.line import Line, ok
from sancrm_notifications.checks.running import Check, explained, run
from sancrm_notifications.checks.task import check_group
from tests.checks.conftest import STAFF, TOKEN, Site, text

if TYPE_CHECKING:
    from collections.abc import Iterator


def broken() -> Iterator[Line]:
    yield ok("first", "is there")
    raise KeyError(f"https://api.telegram.org/bot123456789:{'x' * 35}/getMe")


RAISED_AT = broken.__code__.co_firstlineno + 2


def quoting() -> Iterator[Line]:
    yield ok("view", "is there")
    raise psycopg.errors.InvalidTextRepresentation('invalid input syntax for type integer: "Иванов Пётр"')


def hanging() -> Iterator[Line]:
    yield ok("second", "is there")
    threading.Event().wait(30)


def test_what_one_check_does_is_no_matter_to_the_next() -> None:
    last = Check("last", lambda: [ok("third", "is there")])
    assert [text(line) for line in run([Check("a", broken), Check("b", hanging, 0.2), last])] == [
        "ok first: is there",
        (
            f"FAIL a: could not be looked at: KeyError at test_running.py:{RAISED_AT} → this is not foreseen:"
            " report it with the output of python -m sancrm_notifications.checks"
        ),
        "ok second: is there",
        "FAIL b: no answer within 0.2 s → look at the network and at the server that is asked here, then check again",
        "ok third: is there",
    ]


def test_what_a_database_quotes_of_a_row_or_says_of_itself_is_in_no_line() -> None:
    away = psycopg.OperationalError('connection failed: host "10.0.0.5", FATAL: role "crm_reader" does not exist')
    assert [text(line) for line in run([Check("a", quoting)])][1:] == [
        (
            "FAIL a: psycopg.errors.InvalidTextRepresentation (SQLSTATE 22P02) → look at this database and at its"
            " Airflow connection"
        )
    ]
    assert explained("b", away).sentence.startswith(
        "psycopg.OperationalError: there is no such database or role → look at this database"
    )


def test_a_task_logs_every_line_and_fails_with_the_faults_alone(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    site.stand_in.kick(STAFF)
    with pytest.raises(AirflowException) as raised:
        check_group("telegram")
    assert str(raised.value) == (
        f"chat {STAFF}: Forbidden: bot was kicked from the group chat; serves staff, reports, missed_calls, backups,"
        " operators → add the bot to the chat again; the chat is set in the Airflow connection telegram_default"
    )
    logged = [record.getMessage() for record in caplog.records if record.name.endswith("checks.task")]
    assert [line.split(":")[0] for line in logged] == [
        "ok   bot 42",
        f"ok   rich messages on {site.stand_in.url.removeprefix('http://').split(':')[0]}",
        f"FAIL chat {STAFF}",
    ]
    assert TOKEN.partition(":")[2] not in caplog.text


@pytest.mark.parametrize("group", ["configuration", "telegram", "databases", "contract"])
def test_a_task_that_finds_nothing_wrong_succeeds(site: Site, group: str) -> None:  # noqa: ARG001
    check_group(group)
