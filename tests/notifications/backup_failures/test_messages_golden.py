"""The news of the backups as it was read and found right; TDLib says that it can be sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sancrm_notifications.notifications.backup_failures.facts import FAILED, RUNNING, Fact, Fault, Kind
from sancrm_notifications.notifications.backup_failures.messages import TextInputs, message, size_text, tidy
from sancrm_notifications.notifications.backup_failures.rules import events_to_notify, ledger_down, ledger_up
from sancrm_notifications.notifications.backup_failures.script_reports import Report
from sancrm_notifications.text.limits import PART_LIMIT
from sancrm_notifications.text.markup import visible_length
from sancrm_notifications.text.russian import lasting_text
from tests.notifications.backup_failures.cases import RULES, at, attempt, seen
from tests.tdlib import shown_text

if TYPE_CHECKING:
    from sancrm_notifications.notifications.backup_failures.facts import Event
    from sancrm_notifications.notifications.backup_failures.rules import Findings

NIGHT = attempt(1, "22 02:05", "22 02:14", size_bytes=6_570_000_000)
NO_SPACE = "pg_dump: ошибка: не удалось записать файл: На устройстве не осталось свободного места"
LOST = "pg_dump: error: connection to server was lost"
HOSTILE = (
    '<b>&amp; "x" \u202e\U0001f9e8</b>\npostgres://backup:hunter2@db/crm\n\n' + "очень длинная строка " * 400 + "конец"
)
AWAY = Fault("unreachable", "сервер не принимает подключения")
UNREADABLE = Fault("unreadable", "нет представления reporting.backups")


@dataclass(frozen=True)
class Case:
    """A look, what was told before it, what a script reports, and what the CRM noted of errors."""

    look: Findings
    facts: tuple[Fact, ...] = ()
    report: Report | None = None
    errors: dict[int, str | None] = field(default_factory=dict)

    def events(self) -> list[Event]:
        return events_to_notify(self.look, self.report, self.facts, RULES)


def fact(kind: Kind, moment: str, **more: Any) -> Fact:
    return Fact(kind, at(moment), at(moment), **more)


FAILED_ONCE = attempt(2, "23 02:06", "23 02:15", FAILED, database="sancrm_archive")
COPY = replace(NIGHT, backup_id=3, database="sancrm_archive")
TRIES = [attempt(n, f"23 02:{n:02}", f"23 02:{n:02}", FAILED) for n in range(10, 52)]
TIMES = ("22 12:30", "23 00:30", "23 12:30", "24 00:30")
CASES = {
    "failed": Case(seen("23 02:20", COPY, FAILED_ONCE), errors={2: NO_SPACE}),
    "failed_again_and_again": Case(
        seen("23 02:55", NIGHT, *TRIES), errors={n: LOST if n < 20 else NO_SPACE for n in range(10, 52)}
    ),
    "failed_over_days": Case(
        seen("24 10:00", NIGHT, *(attempt(n, when, status=FAILED) for n, when in enumerate(TIMES, start=2)))
    ),
    "failed_without_any_copy": Case(seen("23 02:20", attempt(2, "23 02:06", "23 02:15", FAILED)), errors={2: None}),
    "failed_and_recovered": Case(
        seen("23 10:00", COPY, FAILED_ONCE, replace(attempt(4, "23 03:05", "23 03:17"), database="sancrm_archive",
                                                    size_bytes=6_610_000_000)),
        errors={2: LOST},
    ),
    "reported": Case(seen("23 02:16", COPY), report=Report("sancrm_archive", at("23 02:06"), at("23 02:15"), LOST)),
    "hostile": Case(
        seen("23 02:20", attempt(2, "23 02:06", "23 02:15", FAILED, database="<i>база</i> & \u05d0\u05d1 " * 20)),
        errors={2: HOSTILE},
    ),
    "hanging": Case(seen("23 08:20", attempt(2, "23 02:05", status=RUNNING), replace(NIGHT, ended_at=at("22 20:00")))),
    "missing": Case(seen("23 04:20", NIGHT)),
    "still_missing": Case(seen("24 09:00", NIGHT), (fact(Kind.MISSING, "23 04:20", database="sancrm"),)),
    "missing_for_the_last_time": Case(
        replace(seen("22 02:14", NIGHT), as_of=at("22 09:00") + timedelta(days=29)),
        (fact(Kind.MISSING, "23 04:20", database="sancrm"),),
    ),
    "never_copied": Case(
        seen("23 04:20", attempt(1, "22 02:05", "22 02:14", FAILED)),
        (fact(Kind.FAILED, "22 02:20", database="sancrm", backup_ids=(1,)),),
    ),
    "no_backups": Case(seen("23 04:20")),
    "still_no_backups": Case(
        replace(seen("23 09:20", NIGHT), as_of=at("23 09:20") + timedelta(days=31)),
        (replace(fact(Kind.EMPTY, "22 04:20"), notified_at=at("22 04:20") + timedelta(days=31)),),
    ),
    "first_copy": Case(
        seen("23 03:20", attempt(1, "22 02:05", "22 02:14", FAILED), attempt(2, "23 03:00", "23 03:09")),
        (fact(Kind.FAILED, "22 02:20", database="sancrm", backup_ids=(1,)),),
    ),
    "source_away": Case(seen("23 12:10", fault=AWAY)),
    "source_back": Case(
        seen("23 14:20", replace(NIGHT, ended_at=at("23 02:14"))),
        (fact(Kind.SOURCE_DOWN, "23 12:10", fault="unreachable"),),
    ),
    "source_unreadable": Case(seen("23 12:10", fault=UNREADABLE)),
    "source_readable": Case(
        seen("23 14:20", replace(NIGHT, ended_at=at("23 02:14"))),
        (fact(Kind.SOURCE_DOWN, "23 12:10", fault="unreadable"),),
    ),
}  # fmt: skip


def texts(events: list[Event], inputs: TextInputs) -> str:
    messages = [message(event, inputs) for event in events]
    return "\n\n――――――――\n\n".join(
        f"{'silent' if each.silent else 'rings'} → {each.destination} ({each.subject})\n\n{each.html}"
        for each in messages
    )


@pytest.mark.parametrize("name", CASES)
def test_messages_are_as_they_were_reviewed(golden, name):
    case = CASES[name]
    events = case.events()
    assert events
    golden.check(f"{name}.txt", texts(events, TextInputs(case.look.as_of, RULES, case.errors)))


def test_the_ledgers_absence_is_told_as_it_was_reviewed(golden):
    now = at("23 14:20")
    told = (fact(Kind.LEDGER_DOWN, "23 12:10"), fact(Kind.FAILED, "23 12:30", database="sancrm"))
    events = [ledger_down(at("23 12:10"), RULES), ledger_up(at("23 12:10"), told, now, RULES)]
    golden.check("ledger.txt", texts(events, TextInputs(now, RULES, {})))


@pytest.mark.parametrize("name", CASES)
def test_every_message_fits_and_can_be_sent(name):
    case = CASES[name]
    for event in case.events():
        written = message(event, TextInputs(case.look.as_of, RULES, case.errors))
        assert shown_text(written.html).strip()
        assert visible_length(written.html) <= PART_LIMIT


@settings(max_examples=100)
@given(st.lists(st.text(max_size=3_000), min_size=1, max_size=6), st.text(min_size=1, max_size=200))
def test_whatever_errors_and_names_hold_one_message_tells_it(errors, database):
    tries = [attempt(n, f"23 02:{n:02}", status=FAILED, database=database) for n in range(1, len(errors) + 1)]
    case = Case(seen("23 03:00", *tries), errors=dict(enumerate(errors, start=1)))
    [event] = [event for event in case.events() if event.kind is Kind.FAILED]

    written = message(event, TextInputs(case.look.as_of, RULES, case.errors))

    assert shown_text(written.html).startswith("Резервная копия не сделана")
    assert visible_length(written.html) <= PART_LIMIT


def test_an_enormous_error_keeps_its_beginning_and_its_end():
    error = "pg_dump: error: не удалось\n" + "подробность\n" * 10_000 + "ИТОГ: нет места"

    shown = tidy(error)

    assert shown.startswith("pg_dump: error: не удалось\n")
    assert shown.endswith("ИТОГ: нет места")
    assert len(shown) < 900


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ("postgresql://admin:S3cret@db:5432/crm", "postgresql://***@db:5432/crm"),
        ("host=db password=S3cret user=admin", "host=db password=*** user=admin"),
        ("PGPASSWORD=S3cret pg_dump", "PGPASSWORD=*** pg_dump"),
        ("postgres://u:S3/cret@db/crm failed", "postgres://***@db/crm failed"),
        ("postgres://u:S3@cret@db/crm failed", "postgres://***@db/crm failed"),
        ("postgres://:S3cret@db/crm", "postgres://***@db/crm"),
        ("host=db password='S3 cret' user=admin", "host=db password=*** user=admin"),
        ("password = S3cret user=admin", "password = *** user=admin"),
        (r"password='S3\'cret one' user=admin", "password=*** user=admin"),
        ('{"user": "admin", "password": "S3 cret", "port": 5432}', '{"user": "admin", "password": ***, "port": 5432}'),
        ("password='S3 cret", "password=***"),
        (
            'FATAL: password authentication failed for user "crm"',
            'FATAL: password authentication failed for user "crm"',
        ),
        ("https://crm.example.org:8443/backup", "https://crm.example.org:8443/backup"),
        ("bot123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc", "bot***"),
        ("15:00:05 ошибка 42: нет места (12345678901 байт)", "15:00:05 ошибка 42: нет места (12345678901 байт)"),
    ],
)
def test_an_error_is_shown_without_passwords(error, shown):
    assert tidy(error) == shown


@pytest.mark.parametrize(
    ("size_bytes", "shown"),
    [(0, "0 Б"), (999, "999 Б"), (1_000, "0,98 КБ"), (840 * 1024**2, "840 МБ"), (6_570_000_000, "6,12 ГБ"),
     (12_900_000_000, "12,0 ГБ"), (5 * 1024**5, "5120 ТБ")],
)  # fmt: skip
def test_a_size_is_told_by_three_digits(size_bytes, shown):
    assert size_text(size_bytes).replace("\N{NO-BREAK SPACE}", " ") == shown


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (timedelta(seconds=59), "меньше минуты"),
        (timedelta(minutes=9, seconds=30), "9 мин"),
        (timedelta(hours=6), "6 ч"),
        (timedelta(hours=26, minutes=9), "26 ч 9 мин"),
        (timedelta(hours=47, minutes=59), "47 ч 59 мин"),
        (timedelta(days=2), "2 дня"),
        (timedelta(days=21, hours=4, minutes=50), "21 день 4 ч"),
    ],
)
def test_a_span_is_told_in_two_units_at_most(span, shown):
    assert lasting_text(span).replace("\N{NO-BREAK SPACE}", " ") == shown
