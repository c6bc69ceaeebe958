"""Messages about backups, in Russian: failed, hanging, missing and recovered copies, and what hides them from us.

Source: docs/backups.md.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sancrm_notifications.notifications.backup_failures.facts import Kind, figures
from sancrm_notifications.text.markup import beginning, bold, clean, ending, escape, is_blank, one_line, value
from sancrm_notifications.text.message import Message
from sancrm_notifications.text.money import NO_BREAK_SPACE
from sancrm_notifications.text.monospace import shortened
from sancrm_notifications.text.russian import counted, day_and_month, lasting_text, time_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sancrm_notifications.notifications.backup_failures.facts import Attempt, Event, GoodCopy
    from sancrm_notifications.notifications.backup_failures.rules import Rules

DESTINATION = "backups"

_NAME_WIDTH = 60
_LABEL_WIDTH = 40
_MOST_ERRORS = 3
_MOST_TIMES = 12
_ERROR_CHARACTERS = 800
_ERROR_START = 400  # of these: where a program says what it could not do; its end says why
_ERROR_LINES = 12
_SECRETS = (
    # User and password in an address, up to the last @ of the word: a password may hold @ and / as they are.
    re.compile(r"(?P<kept>://)[^\s/@:]*:\S{0,500}(?=@)"),
    # What is given to such a name in a connection string, an environment or JSON; in quotes with spaces, too.
    re.compile(
        r"""(?imx) (?P<kept> (?:password|passwd|pwd|token|secret) ["']? \s* [=:] \s* )
        (?: "(?:[^"\\\n]|\\.)*(?:"|$) | '(?:[^'\\\n]|\\.)*(?:'|$) | \S+ )"""
    ),
    re.compile(r"(?P<kept>)\d+:[\w-]{30,}"),  # a bot's token
)
_UNITS = ("Б", "КБ", "МБ", "ГБ", "ТБ")


@dataclass(frozen=True, slots=True)
class TextInputs:
    """What texts are written with: the present moment, the rules, and the errors that the CRM noted, by backup_id."""

    now: datetime
    rules: Rules
    errors: Mapping[int, str | None]

    def local(self, moment: datetime) -> datetime:
        """Return an instant by the clock of the staff."""
        return moment.astimezone(ZoneInfo(self.rules.time_zone))

    def at(self, moment: datetime) -> str:
        """Return an instant as staff read it, with its year when that is another."""
        local = self.local(moment)
        return time_text(local, with_year=local.year != self.local(self.now).year)

    def span(self, first: datetime, last: datetime) -> str:
        """Return ``с 02:06 до 02:15``, with the days when they are two."""
        if self.local(first).date() == self.local(last).date():
            return f"с{NO_BREAK_SPACE}{self.local(first):%H:%M} до{NO_BREAK_SPACE}{self.local(last):%H:%M}"
        return f"с{NO_BREAK_SPACE}{self.at(first)} до{NO_BREAK_SPACE}{self.at(last)}"

    def error(self, attempt: Attempt) -> str:
        """Return what is known to have gone wrong, tidied for a phone; "" when nothing is."""
        noted = None if attempt.backup_id is None else self.errors.get(attempt.backup_id)
        return tidy(attempt.error or noted or "")


def message(event: Event, inputs: TextInputs) -> Message:
    """Return the message about an event."""
    name = "" if event.database is None else shortened(_name(event.database), _LABEL_WIDTH)
    paragraphs = _TEXTS[event.kind](event, inputs)
    return Message(
        subject=event.subject,
        destination=DESTINATION,
        label=f"Резервные копии {name}".strip(),
        html="\n\n".join(filter(None, paragraphs)),
        silent=event.is_silent,
        figures=figures(event, inputs.now),
    )


def tidy(error: str) -> str:
    """Return a program's error as it can be shown: without passwords, its beginning and its end when it is enormous."""
    for secret in _SECRETS:
        error = secret.sub(r"\g<kept>***", error)
    lines = [line.rstrip() for line in clean(error).split("\n") if not is_blank(line)]
    if len(lines) > _ERROR_LINES:
        half = _ERROR_LINES // 2
        lines = [*lines[:half], "…", *lines[-half:]]
    text = "\n".join(lines)
    if len(text) <= _ERROR_CHARACTERS:
        return text
    last = ending(text, _ERROR_CHARACTERS - _ERROR_START)
    return f"{beginning(text, _ERROR_START).rstrip()} … {last.lstrip()}"


def size_text(size_bytes: int) -> str:
    """Return a size by its first three digits: ``840 МБ``, ``6,12 ГБ``; a kilobyte has 1024 bytes."""
    size = float(max(size_bytes, 0))
    unit = 0
    while size >= 1000 and unit < len(_UNITS) - 1:  # noqa: PLR2004 - three digits before the comma
        size /= 1024
        unit += 1
    digits = 0 if unit == 0 or size >= 100 else 1 if size >= 10 else 2  # noqa: PLR2004 - three digits
    return f"{size:.{digits}f}".replace(".", ",") + NO_BREAK_SPACE + _UNITS[unit]


def _failed(event: Event, inputs: TextInputs) -> list[str]:
    if not event.attempts[0].is_dated:
        return _failed_some_time(event, inputs)
    if len(event.attempts) > 1:
        return _failed_often(event, inputs)
    [attempt] = event.attempts
    spent, span = attempt.ended_at - attempt.started_at, inputs.span(attempt.started_at, attempt.ended_at)
    lasted = f"Попытка длилась {lasting_text(spent)}: {span}." if spent else ""
    error = inputs.error(attempt)
    return [
        _title("Резервная копия не сделана", event, inputs.at(event.at)),
        f"Что случилось:\n{_quoted(error)}" if error else "Текста ошибки нет.",
        "\n".join(filter(None, [lasted, _copy_before(event.good_copy, event.at, inputs)])),
    ]


def _failed_often(event: Event, inputs: TextInputs) -> list[str]:
    first, last = event.attempts[0], event.attempts[-1]
    times = counted(len(event.attempts), "раз", "раза", "раз")
    is_one_day = inputs.local(first.ended_at).date() == inputs.local(last.ended_at).date()
    day = f"{day_and_month(inputs.local(first.ended_at))}, " if is_one_day else ""
    by_error: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in reversed(event.attempts):
        by_error[inputs.error(attempt)].append(attempt)
    newest = list(by_error.items())[:_MOST_ERRORS]
    others = sum(map(len, by_error.values())) - sum(len(attempts) for _, attempts in newest)
    return [
        _title(f"Резервная копия не сделана {times} подряд", event, day + inputs.span(first.ended_at, last.ended_at)),
        *(_error_block(error, attempts[::-1], inputs) for error, attempts in newest),
        f"С другими ошибками: {counted(others, 'попытка', 'попытки', 'попыток')}." if others else "",
        _copy_before(event.good_copy, first.ended_at, inputs, "первого сбоя"),
    ]


def _failed_some_time(event: Event, inputs: TextInputs) -> list[str]:
    number = len(event.attempts)
    heading = "Резервная копия не сделана" + (f" {counted(number, 'раз', 'раза', 'раз')}" if number > 1 else "")
    by_error = Counter(inputs.error(attempt) for attempt in event.attempts)
    errors = [error for error, _ in by_error.most_common(_MOST_ERRORS) if error]
    return [
        _title(heading, event, "когда, неизвестно"),
        "В CRM не видно ни начала, ни конца. Замечено " + inputs.at(event.at) + ".",
        *(f"Что случилось:\n{_quoted(error)}" for error in errors or []),
        "" if errors else "Текста ошибки нет.",
        _copy_now(event.good_copy, inputs),
    ]


def _error_block(error: str, attempts: Sequence[Attempt], inputs: TextInputs) -> str:
    times = _times(attempts, inputs)
    return f"{times}:\n{_quoted(error)}" if error else f"{times}: без текста ошибки."


def _hanging(event: Event, inputs: TextInputs) -> list[str]:
    [attempt] = event.attempts
    runs = lasting_text(inputs.now - attempt.started_at)
    return [
        _title("Резервное копирование не заканчивается", event, f"началось {inputs.at(attempt.started_at)}"),
        f"Идёт уже {runs}, допустимо {lasting_text(inputs.rules.longest)}. Возможно, копирование зависло.",
        _copy_now(event.good_copy, inputs),
    ]


def _missing(event: Event, inputs: TextInputs) -> list[str]:
    title = "Свежей резервной копии всё ещё нет" if event.is_reminder else "Нет свежей резервной копии"
    if event.good_copy is None and event.since is not None:
        state = f"Ни одной удачной копии нет. Первая попытка была {inputs.at(event.since)}."
    else:
        state = _copy_now(event.good_copy, inputs)
    allowed = f"Копия должна появляться не реже чем раз в {lasting_text(inputs.rules.max_age)}."
    days = counted(inputs.rules.watched.days, "день", "дня", "дней")
    last = f"Это последнее напоминание: эту базу не пытаются копировать почти {days}." if event.is_last else ""
    return [_title(title, event, inputs.at(inputs.now)), f"{state}\n{allowed}", last]


def _empty(event: Event, inputs: TextInputs) -> list[str]:
    days = counted(inputs.rules.watched.days, "день", "дня", "дней")
    return [
        _title("Резервных копий нет" if not event.is_reminder else "Резервных копий всё ещё нет", event,
               inputs.at(inputs.now)),
        f"CRM не показывает ни одной попытки резервного копирования за {days}.",
        "" if event.good_copy is None else _copy_now(event.good_copy, inputs),
    ]  # fmt: skip


def _recovered(event: Event, inputs: TextInputs) -> list[str]:
    [attempt] = event.attempts
    size = "" if attempt.size_bytes is None else f"Размер: {size_text(attempt.size_bytes)}."
    if event.since is None:
        gap = "Это первая удачная копия этой базы."
    else:
        without = lasting_text(attempt.ended_at - event.since)
        gap = f"Перерыв между копиями: {without}, с{NO_BREAK_SPACE}{inputs.at(event.since)}."
    heading = "Резервная копия сделана" if event.since is None else "Резервная копия снова сделана"
    title = _title(heading, event, inputs.at(attempt.ended_at))
    return [title, "\n".join(filter(None, [gap, size]))]


def _source_down(event: Event, inputs: TextInputs) -> list[str]:
    is_away = event.fault is not None and event.fault.kind == "unreachable"
    title = "База данных CRM недоступна" if is_away else "Резервные копии не видны"
    reason = "" if event.fault is None else f"Причина: {escape(event.fault.words)}."
    return [
        _title(title, event, inputs.at(event.at)),
        f"{reason}\nПока это так, о сбоях резервного копирования мы не узнаем.".strip(),
    ]


def _source_up(event: Event, inputs: TextInputs) -> list[str]:
    is_away = event.fault is not None and event.fault.kind == "unreachable"
    title = "База данных CRM снова доступна" if is_away else "Резервные копии снова видны"
    return [_title(title, event, inputs.at(event.at)), _outage("Перерыв", event, inputs)]


def _ledger_down(event: Event, inputs: TextInputs) -> list[str]:
    return [
        _title("Журнал доставки недоступен", event, inputs.at(event.at)),
        "Отчёты подождут, пока он вернётся; тревоги приходят и без него.",
    ]


def _ledger_up(event: Event, inputs: TextInputs) -> list[str]:
    sent = sum(fact.kind is not Kind.LEDGER_DOWN for fact in event.unrecorded)
    meanwhile = f"Без него отправлено: {counted(sent, 'сообщение', 'сообщения', 'сообщений')}." if sent else ""
    return [
        _title("Журнал доставки снова доступен", event, inputs.at(event.at)),
        "\n".join(filter(None, [_outage("Перерыв", event, inputs), meanwhile])),
    ]


_TEXTS: Mapping[Kind, Callable[[Event, TextInputs], list[str]]] = {
    Kind.FAILED: _failed,
    Kind.HANGING: _hanging,
    Kind.MISSING: _missing,
    Kind.EMPTY: _empty,
    Kind.RECOVERED: _recovered,
    Kind.SOURCE_DOWN: _source_down,
    Kind.SOURCE_UP: _source_up,
    Kind.LEDGER_DOWN: _ledger_down,
    Kind.LEDGER_UP: _ledger_up,
}


def _title(heading: str, event: Event, when: str) -> str:
    name = "" if event.database is None else f"{bold(value(shortened(_name(event.database), _NAME_WIDTH)))} · "
    return f"{bold(heading)}\n{name}{when}"


def _name(database: str) -> str:
    return one_line(database) or "база без имени"


def _quoted(error: str) -> str:
    return f"<blockquote>{value(error)}</blockquote>"


def _copy_before(copy: GoodCopy | None, moment: datetime, inputs: TextInputs, which: str = "сбоя") -> str:
    """Return when the last good copy before a failure was, and how old it was then."""
    if copy is None:
        return "Удачных копий до этого не было."
    age = lasting_text(moment - copy.at)
    return f"Последняя удачная копия: {inputs.at(copy.at)}{_size(copy)}. К моменту {which} ей было {age}."


def _copy_now(copy: GoodCopy | None, inputs: TextInputs) -> str:
    """Return when the last good copy was, and how old it is."""
    if copy is None:
        return "Удачных копий нет."
    return (
        f"Последняя удачная копия: {inputs.at(copy.at)}{_size(copy)}. Сейчас ей {lasting_text(inputs.now - copy.at)}."
    )


def _size(copy: GoodCopy) -> str:
    return "" if copy.size_bytes is None else f" ({size_text(copy.size_bytes)})"


def _outage(word: str, event: Event, inputs: TextInputs) -> str:
    if event.since is None:
        return ""
    return f"{word}: {lasting_text(event.at - event.since)}, с{NO_BREAK_SPACE}{inputs.at(event.since)}."


def _times(attempts: Sequence[Attempt], inputs: TextInputs) -> str:
    """Return when attempts failed: «23 ноября в 02:10, 02:15 и ещё 8»."""
    shown = [inputs.local(attempt.ended_at) for attempt in attempts[:_MOST_TIMES]]
    days = [_day(day_and_month(day), list(moments)) for day, moments in groupby(shown, key=lambda at: at.date())]
    more = len(attempts) - len(shown)
    return "; ".join(days) + (f" и{NO_BREAK_SPACE}ещё {more}" if more else "")


def _day(day: str, moments: Iterable[datetime]) -> str:
    return f"{day} в{NO_BREAK_SPACE}{', '.join(f'{moment:%H:%M}' for moment in moments)}"
