"""How soon is a question answered through Airflow's triggerer, one a second for an hour, while runs change?

From the moment at which a client writes to the moment at which the stand-in, which keeps Telegram's limits at true
speed, accepts the answer. Each quarter of an hour the next run of ``client_bot`` takes over.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

import psycopg

from benchmarks.demo_airflow import own_services
from benchmarks.measurement import Answer, Limit, Row, Sample
from local.demo_client import CLIENT, DAG_ID, Phone, customers, switch_on, wait_for_listener
from local.progress import Progress
from local.telegram_stand_in.control_client import ControlClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measurement import Options
    from local.demo_services import Services

SECONDS, QUICK_SECONDS = 3600, 60
CLIENTS = 20
QUESTION = "/status"
MEDIAN_SECONDS, P99_SECONDS = 0.1, 1.0
PATIENCE_SECONDS = 60.0
_LISTENED = "select count(distinct run_id) from notifications.attempts where dag_id = %s"
_INBOX = "select state, count(*) from notifications.inbox group by state order by state"


def measure(options: Options) -> Answer:
    """Ask for an hour, for a minute when it is to be quick."""
    progress = Progress()
    services = own_services(options.cache / "bot_hour", progress)
    try:
        services.start()
        switch_on(services)
        wait_for_listener(services)
        with progress.step(f"letting {CLIENTS} clients bind"):
            clients = _bound(services)
        progress.say(f"Airflow's UI: {services.airflow_url} (user {services.user})")
        with progress.step("asking a question a second"):
            waits = tuple(_waits(services, clients, QUICK_SECONDS if options.quick else SECONDS))
        return _answer(waits, _remark(services, waits))
    finally:
        services.stop()


def _bound(services: Services) -> list[int]:
    """Let customers bind through links of the CRM's card; return their accounts."""
    numbers = range(CLIENT, CLIENT + CLIENTS)
    for number, customer in zip(numbers, customers(services.crm, CLIENTS), strict=True):
        Phone(services, number).first_minutes(customer)
    return list(numbers)


def _waits(services: Services, clients: list[int], seconds: int) -> Iterator[float]:
    """Yield how long each question waited for its answer; a question without one is a TimeoutError."""
    chat = ControlClient(services.chat_url.rstrip("/"))
    known = len(chat.messages())
    asked: list[tuple[int, float]] = []
    for number in range(seconds):
        services.require_alive()
        asked.append((clients[number % len(clients)], time.time()))
        chat.write(asked[-1][0], QUESTION)
        time.sleep(max(0.0, asked[-1][1] + 1 - time.time()))
    given_up_at = time.monotonic() + PATIENCE_SECONDS
    while len(found := chat.messages()[known:]) < 2 * seconds:
        if time.monotonic() > given_up_at:
            raise TimeoutError(f"{2 * seconds - len(found)} of {seconds} questions have no answer")
        time.sleep(1)
    answered: dict[int, list[float]] = defaultdict(list)
    for one in found:
        if one["sender"] is None:
            answered[one["chat_id"]].append(float(one["accepted_at"]))
    for client, asked_at in asked:
        yield answered[client].pop(0) - asked_at


def _answer(waits: tuple[float, ...], remark: str) -> Answer:
    ordered = sorted(waits)
    p99 = ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]
    return Answer(
        [
            Row("bot in Airflow: a question, one a second", Sample(waits, "s"), limit=Limit(MEDIAN_SECONDS)),
            Row("bot in Airflow: its 99th percentile", Sample((p99,), "s"), limit=Limit(P99_SECONDS)),
        ],
        [remark],
    )


def _remark(services: Services, waits: tuple[float, ...]) -> str:
    with psycopg.connect(services.ledger) as connection:
        runs = (connection.execute(_LISTENED, [DAG_ID]).fetchone() or (0,))[0]
        states = ", ".join(f"{state} {count}" for state, count in connection.execute(_INBOX))
    return f"{len(waits)} questions, answered by {runs} runs; the longest waited {max(waits):.2f} s; inbox: {states}."
