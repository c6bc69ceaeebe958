"""What is said of the bot that listens: nothing before it was switched on, then one sentence for each fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from sancrm_notifications.ledger.schema import upgrade
from tests.checks.conftest import text

if TYPE_CHECKING:
    from tests.checks.conftest import Site

UNSAID = (
    "an empty chat does not say what the bot is for → unpause the DAG client_bot; if it is on, look at the triggerer"
)
LISTENS = """
    insert into notifications.listeners (
        bot_id, number, instance, lease_until, listening_since, polled_at, commands_set_at, problem, problem_since
    )
    values (
        42, 1, gen_random_uuid(), clock_timestamp() + interval '1 minute' * %s,
        clock_timestamp() - interval '1 minute', clock_timestamp(), clock_timestamp(), %s, '2026-11-25 12:30+00'
    )
"""


def listens(site: Site, *, alive: bool = True, problem: str | None = None) -> list[str]:
    """Let somebody listen, or have listened; return what is said."""
    with psycopg.connect(site.ledger) as connection:
        upgrade(connection)
        connection.execute(LISTENS, (1 if alive else -1, problem))
    return [text(line) for line in site.lines("telegram")][3:]


def test_a_bot_that_listens_is_in_order(site: Site) -> None:
    assert listens(site) == [
        "ok bot 42 listens: Telegram answers; updates that wait for their answer: 0",
        "ok webhook of bot 42: none is set",
        f"note description of bot 42: none is set: {UNSAID}",
    ]


def test_a_bot_that_nobody_listens_to_is_named(site: Site) -> None:
    said = listens(site, alive=False)
    assert said[0].startswith("note bot 42 listens: nobody listens to it now; Telegram keeps")
    assert said[0].endswith("→ unpause the DAG client_bot; if it is on, look at the triggerer")


@pytest.mark.parametrize("problem", ["a webhook is set: delete it", "another program asks for this bot's updates"])
def test_what_hinders_it_is_said_since_when(site: Site, problem: str) -> None:
    said = listens(site, problem=problem)[0]
    assert said == f"FAIL bot 42 listens: since 25.11 12:30 (UTC) it hears nothing: {problem}"


@pytest.mark.parametrize(
    ("polled", "began", "words"),
    [
        ("null", "5 seconds", "ok bot 42 listens: it has just begun, and Telegram's first answer is awaited"),
        ("clock_timestamp() - interval '1 day'", "5 seconds", "ok bot 42 listens: it has just begun"),
        ("null", "3 minutes", "FAIL bot 42 listens: Telegram has not answered for minutes"),
        ("clock_timestamp() - interval '3 minutes'", "9 minutes", "FAIL bot 42 listens: Telegram has not answered"),
    ],
)
def test_a_silence_counts_from_the_last_answer_or_from_its_beginning(
    site: Site, polled: str, began: str, words: str
) -> None:
    listens(site)
    change = f"update notifications.listeners set polled_at = {polled}, listening_since = now() - interval '{began}'"
    with psycopg.connect(site.ledger) as connection:
        connection.execute(change.encode())
    assert text(site.lines("telegram")[3]).startswith(words)
