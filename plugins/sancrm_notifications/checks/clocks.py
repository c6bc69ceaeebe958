"""Whether this machine's clock and the databases' agree: what is due, expired or in turn is judged by both."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg
from airflow.sdk.exceptions import AirflowNotFoundException

from sancrm_notifications import databases
from sancrm_notifications.checks.line import Line, fail, note, ok
from sancrm_notifications.secrets_backends import SecretsBackendError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOTE_SECONDS = 5.0
FAIL_SECONDS = 60.0
_USE = databases.Use(statement_seconds=10)
_ASK = "select extract(epoch from clock_timestamp())::double precision"


def clock_lines(name: str, conninfo: Callable[[], str], now: Callable[[], float] = time.time) -> Iterator[Line]:
    """Yield how far the clock of a database is from this machine's; ``now`` gives Unix seconds.

    That the database cannot be asked is another check's fault.
    """
    what = f"clock of {name}"
    try:
        with databases.connect(conninfo(), _USE) as connection:
            before = now()
            row = connection.execute(_ASK).fetchone()
            after = now()
    except (psycopg.Error, AirflowNotFoundException, UnreadableError, SecretsBackendError):
        yield note(what, "not compared: the database cannot be asked")
        return
    theirs = float(row[0]) if row else before
    # What the answer took on its way is no difference.
    ahead_seconds = max(theirs - after, 0.0) or min(theirs - before, 0.0)
    yield _line(what, ahead_seconds)


def _line(what: str, ahead_seconds: float) -> Line:
    apart = abs(ahead_seconds)
    if apart <= NOTE_SECONDS:
        return ok(what, "agrees with this machine's")
    words = f"{apart:.0f} s {'ahead of' if ahead_seconds > 0 else 'behind'} this machine's"
    remedy = "set both machines by NTP"
    return fail(what, words, remedy) if apart > FAIL_SECONDS else note(what, words, remedy)
