"""Of two triggerers the one that listens is frozen for a minute; run by `make test-faults` because it takes minutes."""

from __future__ import annotations

import signal
import time

import pytest

from local.demo_services import AIRFLOW_PARTS, beside_python
from tests.installation.test_client_bot import DAG_ID, LISTENER, TRIGGERER, answers

pytestmark = pytest.mark.timeout(900)

CLIENT = 7_101
SECOND = "airflow-triggerer-2"
FROZEN_SECONDS = 60.0
# Airflow takes a triggerer for dead half a minute after its last sign of life.
NEXT_LISTENER_SECONDS = 60.0


@pytest.fixture
def _two(installation):
    """Let the first triggerer listen, and start a second one beside it."""
    installation.unpause(DAG_ID)
    installation.trigger(DAG_ID)
    installation.wait_until(lambda: installation.ledger(f"{LISTENER} where lease_until > now()"), "somebody listens")
    installation.services.start_beside(SECOND, [beside_python("airflow"), *AIRFLOW_PARTS[TRIGGERER]])
    installation.wait_until(lambda: alive(installation) == 2, "the second triggerer lives")
    yield
    installation.end_runs(DAG_ID)
    installation.services.kill(SECOND)


def alive(installation) -> int:
    """Return how many triggerers Airflow knows to be alive."""
    return len(installation.call("GET", "/jobs", query={"job_type": "TriggererJob", "is_alive": True})["jobs"])


@pytest.mark.usefixtures("_two")
def test_the_other_answers_and_the_thawed_one_sends_nothing(installation):
    questions = 0

    def ask() -> None:
        nonlocal questions
        installation.chat.write(CLIENT, "/help")
        questions += 1
        time.sleep(5)

    installation.chat.add_person(CLIENT, "Вера")
    installation.chat.start(CLIENT)
    installation.wait_until(lambda: answers(installation, CLIENT), "the bot answers")
    known = len(answers(installation, CLIENT))

    installation.services.signal(TRIGGERER, signal.SIGSTOP)
    frozen_at = time.monotonic()
    ask()
    installation.wait_until(lambda: len(answers(installation, CLIENT)) > known, "the other one answers")
    assert time.monotonic() - frozen_at < NEXT_LISTENER_SECONDS
    while time.monotonic() - frozen_at < FROZEN_SECONDS:
        ask()
    installation.services.signal(TRIGGERER, signal.SIGCONT)
    for _ in range(3):
        ask()

    installation.wait_until(lambda: len(answers(installation, CLIENT)) >= known + questions, "everything is answered")
    time.sleep(10)
    assert len(answers(installation, CLIENT)) == known + questions
    twice = "select 1 from notifications.inbox group by bot_id, update_id having count(*) > 1"
    assert installation.ledger(twice) == []
    assert installation.ledger("select 1 from notifications.messages where state = 'held'") == []
