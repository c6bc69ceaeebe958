"""The bot listens in the triggerer: a question is answered, and the next run takes over without losing one."""

from __future__ import annotations

import signal
import time

import pytest

pytestmark = pytest.mark.timeout(600)

DAG_ID = "client_bot"
CLIENT = 7_001
TRIGGERER = "airflow-triggerer"
LISTENER = "select number, polled_at > listening_since as polls from notifications.listeners"


@pytest.fixture
def _switched_on(installation):
    """Let somebody decide that clients may write, and take it back in the end."""
    installation.unpause(DAG_ID)
    yield
    installation.end_runs(DAG_ID)


def answers(installation, client: int = CLIENT) -> list[str]:
    """Return what the bot has answered a client."""
    return [one["text"] for one in installation.chat.messages(client) if one["sender"] is None]


@pytest.mark.usefixtures("_switched_on")
def test_the_next_run_takes_over_and_every_question_is_answered(installation):
    def listens(above: int) -> int:
        rows = installation.ledger(LISTENER)
        return rows[0]["number"] if rows and rows[0]["polls"] and rows[0]["number"] > above else 0

    installation.chat.add_person(CLIENT, "Ольга", phone_number="79001234567")
    installation.wait_until(lambda: listens(0), "the first run listens")
    number = listens(0)
    installation.chat.start(CLIENT)
    installation.wait_until(lambda: answers(installation), "the bot answers")
    # A second one begins where the quarter of an hour ends just now.
    first = installation.runs(DAG_ID, "scheduled")[0]

    installation.trigger(DAG_ID)
    installation.wait_until(lambda: listens(number), "the next run listens")
    installation.chat.write(CLIENT, "/help")
    installation.wait_until(lambda: len(answers(installation)) >= 2, "the next run answers")

    assert first.finished() == "success"
    assert first.task("listen")["hostname"] is not None
    counts = installation.call("GET", f"{first.path}/taskInstances/listen/xcomEntries/return_value")["value"]
    assert counts["handled" if isinstance(counts, dict) else 0]
    states = installation.ledger("select state, count(*) as n from notifications.inbox group by 1")
    assert [row["state"] for row in states] == ["handled"]


@pytest.mark.usefixtures("_switched_on")
@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_a_triggerer_that_is_killed_or_frozen_answers_when_it_is_back_and_once(installation, how):
    client = {"killed": CLIENT + 1, "frozen": CLIENT + 2}[how]
    installation.chat.add_person(client, "Пётр")
    # The schedule's own run of this quarter of an hour may have ended with the test before.
    installation.trigger(DAG_ID)
    installation.wait_until(lambda: installation.ledger(f"{LISTENER} where lease_until > now()"), "somebody listens")
    installation.chat.start(client)
    installation.wait_until(lambda: answers(installation, client), "the bot answers")
    if how == "killed":
        installation.services.kill(TRIGGERER)
    else:
        installation.services.signal(TRIGGERER, signal.SIGSTOP)
        # Longer than the lease of who listens.
        time.sleep(12)
    installation.chat.write(client, "/help")
    if how == "killed":
        installation.services.start_again(TRIGGERER)
    else:
        installation.services.signal(TRIGGERER, signal.SIGCONT)

    installation.wait_until(lambda: len(answers(installation, client)) == 2, "the question is answered")

    assert len(set(answers(installation, client))) == 2
    twice = "select 1 from notifications.inbox group by bot_id, update_id having count(*) > 1"
    assert installation.ledger(twice) == []
    assert installation.ledger("select 1 from notifications.messages where state = 'held'") == []
