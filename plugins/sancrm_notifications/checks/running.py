"""Runs checks one after the other: none can stop another, neither by an error nor by hanging."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from airflow.sdk.exceptions import AirflowNotFoundException

from sancrm_notifications.channels.channel import DestinationError
from sancrm_notifications.checks.line import Line, Verdict, fail
from sancrm_notifications.connections import DatabaseConnectionError
from sancrm_notifications.errors.databases import said
from sancrm_notifications.errors.redaction import kind, masked
from sancrm_notifications.schedule.crons import ScheduleError
from sancrm_notifications.secrets_backends import SecretsBackendError, UnreadableError
from sancrm_notifications.settings import SettingsError
from sancrm_notifications.text.markup import beginning, one_line
from sancrm_notifications.time_limit import in_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_SHOWN_CHARACTERS = 500
# Their text names the thing, its value, what was expected and what to do.
_SENTENCES = (
    DatabaseConnectionError,
    DestinationError,
    ScheduleError,
    SecretsBackendError,
    SettingsError,
    UnreadableError,
)


@dataclass(frozen=True, slots=True)
class Check:
    """A kind of check: its name for lines about itself, what yields its lines, and how long it may take."""

    name: str
    lines: Callable[[], Iterable[Line]]
    seconds: float = 60


def run(checks: Iterable[Check]) -> Iterator[Line]:
    """Yield the lines of each check, in order; a fault that several checks break on is said once."""
    said_before: set[str] = set()
    for check in checks:
        for line in _run(check):
            if line.verdict is Verdict.FAIL:
                if line.sentence in said_before:
                    continue
                said_before.add(line.sentence)
            yield line


def _run(check: Check) -> Iterator[Line]:
    """Yield a check's lines, those found so far of one that hangs."""
    found: list[Line] = []
    hangs: list[Line] = []
    try:
        in_time(check.seconds, partial(_collect, check, found))
    except TimeoutError:
        words = f"no answer within {check.seconds:g} s"
        hangs.append(
            fail(check.name, words, "look at the network and at the server that is asked here, then check again")
        )
    yield from (*found, *hangs)


def _collect(check: Check, found: list[Line]) -> None:
    try:
        for line in check.lines():
            found.append(line)  # noqa: PERF402 - what was found stays when a later line fails
    except Exception as error:
        found.append(explained(check.name, error))


def explained(name: str, error: Exception) -> Line:
    """Return the line about what a check broke on; ``name`` says what it was looking at.

    Our own sentences are shown; of another error its kind and where it was raised, as its words may quote a row.
    """
    match error:
        case AirflowNotFoundException():
            return fail(name, _words(error), "make this connection in Airflow; docs/settings.md says with which fields")
        case _ if isinstance(error, _SENTENCES):
            return fail(name, _words(error))
        case psycopg.Error():
            return fail(name, said(error), "look at this database and at its Airflow connection")
        case _:
            return fail(
                name,
                f"could not be looked at: {kind(error)}{_place(error)}",
                "this is not foreseen: report it with the output of python -m sancrm_notifications.checks",
            )


def _words(error: Exception) -> str:
    return beginning(masked(one_line(str(error))), _SHOWN_CHARACTERS)


def _place(error: Exception) -> str:
    """Return the file, without its folders, and the line where an error was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
