"""Does a look at the CRM's events read as little beside fifty millions as beside one, and are messages written in time?

A look is what the triggerer does every two seconds: what was recorded within the look-back is read from the CRM and
compared with the ledger. CRM and ledger are made here, with the index that docs/adopting.md names; an event is recorded
every two seconds, so that a look-back has 450. Repairs are read only where something is told, by their key.
"""

from __future__ import annotations

import tempfile
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from benchmarks import event_messages
from benchmarks.measurement import Answer, Limit, Row, in_turns, milliseconds
from local import postgres
from sancrm_notifications.events.looking import Looking
from sancrm_notifications.ledger.schema import upgrade
from tests.bot.crm import create_everything

if TYPE_CHECKING:
    from benchmarks.measurement import Options
    from local.postgres import Postgres
    from sancrm_notifications.notifications.client_statuses.rules import Change

SIZES = (1_000_000, 50_000_000)
MESSAGES = 10_000
LOOKS = 200
WARM_UP = 20
RUNS = 5
LONGEST_MS = 50.0
FLATTEST = 1.2
MESSAGES_MS = 2000.0
FEED = "client_statuses"
_PORTION = 1_000_000
_FILL = """
    insert into reporting.repair_events (
        event_id, repair_id, kind, occurred_at, recorded_at, old_status, new_status, author, is_for_customer
    )
    select
        n, n / 5, 'status', at, at, 'В работе', 'Готов', 'staff', false
    from
        generate_series({first}, {last}) as n,
        lateral (select now() - interval '2 seconds' * ({events} - n) as at) as recorded
"""


def measure(options: Options) -> Answer:
    """Time looks at both sizes in turns, and the writing of ten thousand messages."""
    sizes = SIZES[:1] if options.quick else SIZES
    options.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pg_", dir=options.cache, ignore_cleanup_errors=True) as directory:
        server = postgres.start(Path(directory))
        try:
            databases = {events: filled(server, events) for events in sizes}
            rows = looks(databases, options.times(LOOKS))
        finally:
            server.stop(is_forgotten=True)
    return Answer([*rows, *written(MESSAGES, options.times(RUNS))])


def filled(server: Postgres, events: int) -> tuple[str, str]:
    """Make a CRM with so many events, the latest just now, and a ledger; return their connection strings."""
    names = f"crm_{events}", f"ledger_{events}"
    for name in names:
        server.require_database(name)
    crm, ledger = map(server.conninfo, names)
    with psycopg.connect(crm, autocommit=True) as connection:
        create_everything(connection)
        for first in range(1, events + 1, _PORTION):
            last = min(first + _PORTION - 1, events)
            connection.execute(_FILL.format(first=first, last=last, events=events).encode())
        connection.execute("vacuum analyze")
    with psycopg.connect(ledger, autocommit=True) as connection:
        upgrade(connection)
    return crm, ledger


def looks(databases: dict[int, tuple[str, str]], number: int) -> list[Row]:
    """Time so many looks at each size, in turns."""
    looking = {events: Looking(crm, ledger, FEED) for events, (crm, ledger) in databases.items()}
    try:
        for events, each in looking.items():
            each.look()
            _switch_on_a_day_ago(databases[events][1])
            each.look()
            _decide(databases[events][1])
            for _ in range(WARM_UP):
                each.look()
        samples = in_turns({events: partial(_look, each) for events, each in looking.items()}, number, "ms")
    finally:
        for each in looking.values():
            each.close()
    fewest = min(samples)
    rows = [Row(_named(events), sample, limit=Limit(LONGEST_MS)) for events, sample in samples.items()]
    return [
        *rows,
        *(
            Row(_named(events), sample, _named(fewest), samples[fewest], Limit(FLATTEST, of_ratio=True))
            for events, sample in samples.items()
            if events > fewest
        ),
    ]


def written(messages: int, runs: int) -> list[Row]:
    """Time the writing of so many messages, in the words that ship and in the office's own."""
    told = event_messages.changes(messages)
    work = {is_own: partial(_written, messages, is_own=is_own, told=told) for is_own in (False, True)}
    samples = in_turns(work, runs, "ms")
    return [
        Row(
            f"{messages:,} messages to clients, {'the office’s own texts' if is_own else 'texts as they ship'}",
            sample,
            limit=Limit(MESSAGES_MS),
        )
        for is_own, sample in samples.items()
    ]


def _written(messages: int, *, is_own: bool, told: list[Change]) -> float:
    facts = event_messages.facts(messages, is_own=is_own)
    return milliseconds(lambda: event_messages.written(told, facts))


def _look(looking: Looking) -> float:
    began = time.perf_counter()
    looking.look()
    return (time.perf_counter() - began) * 1000


def _switch_on_a_day_ago(ledger: str) -> None:
    """Have all of the look-back read, as a day after the switching on."""
    with psycopg.connect(ledger) as connection:
        connection.execute("update notifications.feeds set switched_on_at = switched_on_at - %s", (timedelta(days=1),))


def _decide(ledger: str) -> None:
    """Have nothing wait, as after a run: what a day has brought is decided about."""
    with psycopg.connect(ledger, autocommit=True) as connection:
        connection.execute("update notifications.seen_events set outcome = 'notified', decided_at = clock_timestamp()")
        connection.execute("vacuum analyze notifications.seen_events")


def _named(events: int) -> str:
    return f"a look beside {events:,} events"
