"""What delivery itself adds to a finished text: possible repeats, missing reports, and the plain form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.text.html_reader import HtmlReader
from sancrm_notifications.text.limits import MESSAGE_LIMIT, MISSING_NAMES_LIMIT
from sancrm_notifications.text.markup import beginning, one_line, value, visible_length

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_REPEAT = "Возможный повтор: неизвестно, дошло ли это сообщение раньше."
_REPLACES = "Заменяет прежнее сообщение, которое больше нельзя изменить."
_LABEL_CHARACTERS = 60


def mark_repeat(text: str, *, rich: bool = False) -> str:
    """Return the text headed by the words that it may be in the chat already."""
    return f"<p><i>{_REPEAT}</i></p>{text}" if rich else f"<i>{_REPEAT}</i>\n\n{text}"


def mark_replacing(text: str, *, rich: bool = False) -> str:
    """Return the text headed by the words that an older message in the chat no longer counts."""
    return f"<p><i>{_REPLACES}</i></p>{text}" if rich else f"<i>{_REPLACES}</i>\n\n{text}"


def name_missing(text: str, missing: Sequence[tuple[str, str]], *, rich: bool = False) -> str:
    """Return the text followed by which reports are not in their chats: pairs of label and reason (may be "")."""
    if not missing:
        return text
    note = _missing(missing)
    return f"{text}<p><i>{note}</i></p>" if rich else f"{text}\n\n<i>{note}</i>"


def plain_text(text: str, links: Iterable[tuple[str, str]] = (), limit: int = MESSAGE_LIMIT) -> str:
    """Return Bot API HTML as text without any markup.

    ``links`` (words, address) stand below it where they fit within ``limit`` UTF-16 units.
    """
    reader = _TextReader()
    reader.feed(text)
    reader.close()
    plain = "".join(reader.pieces)
    for words, url in links:
        line = f"\n{words}: {url}"
        # The message itself goes before the way to its page.
        if _utf16_length(plain + line) <= limit:
            plain += line
    return plain


def _missing(missing: Sequence[tuple[str, str]]) -> str:
    """Return the sentence as HTML."""
    named: list[str] = []
    for number, (label, reason) in enumerate(missing):
        name = value(beginning(one_line(label), _LABEL_CHARACTERS))
        words = f"{name} ({value(reason)})" if reason else name
        if visible_length("; ".join([*named, words])) > MISSING_NAMES_LIMIT:
            named.append(f"ещё {len(missing) - number}")
            break
        named.append(words)
    return f"Не доставлены отчёты: {'; '.join(named)}."


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class _TextReader(HtmlReader):
    """Collects the text between tags."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)
