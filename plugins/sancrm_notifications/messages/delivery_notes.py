"""What delivery itself adds to a finished text: possible repeats, missing reports, and the plain form."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

from sancrm_notifications.markup import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_REPEAT = "Возможный повтор: неизвестно, дошло ли это сообщение раньше."
_NOTE_LIMIT = 400  # characters, so that a note always fits beside a part


def mark_repeat(text: str, *, rich: bool = False) -> str:
    """Return the text headed by the words that it may be in the chat already."""
    return f"<p><i>{_REPEAT}</i></p>{text}" if rich else f"<i>{_REPEAT}</i>\n\n{text}"


def name_missing(text: str, missing: Sequence[tuple[str, str]], *, rich: bool = False) -> str:
    """Return the text followed by which reports are not in their chats: pairs of label and reason (may be "")."""
    if not missing:
        return text
    note = escape(_missing(missing))
    return f"{text}<p><i>{note}</i></p>" if rich else f"{text}\n\n<i>{note}</i>"


def plain_text(text: str, links: Iterable[tuple[str, str]] = ()) -> str:
    """Return Bot API HTML as text without any markup; ``links`` (words, address) stand below it."""
    reader = _TextReader()
    reader.feed(text)
    reader.close()
    lines = ["".join(reader.pieces), *(f"{words}: {url}" for words, url in links)]
    return "\n".join(lines)


def _missing(missing: Sequence[tuple[str, str]]) -> str:
    named: list[str] = []
    for number, (label, reason) in enumerate(missing):
        words = f"{label[:60]} ({reason})" if reason else label[:60]
        if len("; ".join([*named, words])) > _NOTE_LIMIT:
            named.append(f"ещё {len(missing) - number}")
            break
        named.append(words)
    return f"Не доставлены отчёты: {'; '.join(named)}."


class _TextReader(HTMLParser):
    """Collects the text between tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)
