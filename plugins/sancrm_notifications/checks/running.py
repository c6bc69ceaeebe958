"""Runs checks one after the other: none can stop another, neither by an error nor by hanging."""

from __future__ import annotations

import re
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING

import psycopg
from airflow.sdk.exceptions import AirflowNotFoundException

from sancrm_notifications.checks.line import Line, fail
from sancrm_notifications.destinations import DestinationError
from sancrm_notifications.markup import one_line
from sancrm_notifications.schedules import ScheduleError
from sancrm_notifications.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_TOKEN = re.compile(r"\d+:[\w-]{20,}")
_SHOWN_CHARACTERS = 500
# Their text names the thing, its value, what was expected and what to do.
_SENTENCES = (DestinationError, SettingsError, ScheduleError)


@dataclass(frozen=True, slots=True)
class Check:
    """A kind of check: its name for lines about itself, what yields its lines, and how long it may take."""

    name: str
    lines: Callable[[], Iterable[Line]]
    seconds: float = 60


def run(checks: Iterable[Check]) -> Iterator[Line]:
    """Yield the lines of each check, in order."""
    for check in checks:
        yield from _run(check)


def _run(check: Check) -> Iterator[Line]:
    """Yield a check's lines; one that hangs is left behind in its thread, which ends with the process."""
    found: list[Line] = []
    thread = Thread(target=_collect, args=(check, found), name=check.name, daemon=True)
    thread.start()
    thread.join(check.seconds)
    is_hanging = thread.is_alive()
    yield from tuple(found)
    if is_hanging:
        yield fail(
            check.name,
            f"no answer within {check.seconds:g} s",
            "look at the network and at the server that is asked here, then check again",
        )


def _collect(check: Check, found: list[Line]) -> None:
    try:
        for line in check.lines():
            found.append(line)  # noqa: PERF402 - what was found stays when a later line fails
    except Exception as error:
        found.append(explained(check.name, error))


def explained(name: str, error: Exception) -> Line:
    """Return the line about what a check broke on; ``name`` says what it was looking at."""
    words = _TOKEN.sub("***", one_line(str(error)))[:_SHOWN_CHARACTERS]
    match error:
        case AirflowNotFoundException():
            return fail(name, words, "make this connection in Airflow; README.md says with which fields")
        case psycopg.Error():
            return fail(name, words, "look at this database and at its Airflow connection")
        case _ if isinstance(error, _SENTENCES):
            return fail(name, words)
        case _:
            return fail(
                name,
                f"could not be looked at: {type(error).__name__}: {words}",
                "this is not foreseen: report it with the output of python -m sancrm_notifications.checks",
            )
