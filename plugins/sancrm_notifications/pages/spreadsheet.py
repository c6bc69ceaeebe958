"""The log as a table for a spreadsheet: no cell is ever a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from sancrm_notifications.pages import links, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# A cell that begins so is a formula to one program or another, also behind blanks.
_FORMULA = frozenset("=+-@\t\r\n|%＝＋－＠")
_HEADINGS = (
    "Записано", "Отправлено", "Уведомление", "Период", "О ком", "Куда", "Чат", "Часть", "Состояние",
    "Что ответил Telegram", "HTTP", "Длилось, с", "Правок", "Возможных повторов", "Ссылка", "Запуск", "Ключ",
)  # fmt: skip
# Spreadsheets take the file for UTF-8 only so.
_UTF8_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def safe(value: object) -> str:
    """Return a cell's text that no spreadsheet takes for a formula: an apostrophe before it says that it is text."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip()[:1] in _FORMULA and text.strip() else text


def table(
    rows: Iterable[Mapping[str, Any]], zone: str, branches: dict[int, str], titles: Mapping[str, str], most: int
) -> Iterator[str]:
    """Yield the table line by line, semicolons between cells, and a last line where there is more than it holds."""
    yield _UTF8_MARK + _line(_HEADINGS)
    count = 0
    for row in rows:
        count += 1
        yield _line(_cells(row, zone, branches, titles))
    if count >= most:
        yield _line([f"Здесь только первые {most} строк: сузьте фильтр."])


def _cells(row: Mapping[str, Any], zone: str, branches: dict[int, str], titles: Mapping[str, str]) -> list[object]:
    sent_at, seconds = row["sent_at"], row["seconds"]
    chat_id = row["chat_id"] or row["attempt_chat_id"]
    return [
        words.exact_moment(row["stored_at"], zone),
        words.exact_moment(sent_at, zone) if sent_at else "",
        words.notification_name(row["notification"]),
        words.period_name(row["period"]),
        row["label"],
        words.destination_name(row["destination"], branches),
        titles.get(chat_id or "", chat_id),
        f"{row['part']} из {row['parts']}" if row["parts"] > 1 else "",
        words.state_name(row["state"]),
        " ".join(filter(None, (words.result_name(row["result"]) if row["slot_at"] else "", row["description"]))),
        row["http_status"],
        "" if seconds is None else f"{seconds:.2f}".replace(".", ","),
        row["revision"] - 1,
        row["possible_repeats"],
        links.chat_message_url(row["chat_id"], row["message_thread_id"], row["telegram_message_id"]),
        row["run_id"],
        row["key"],
    ]


def _line(cells: Iterable[object]) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerow(map(safe, cells))
    return written.getvalue()
