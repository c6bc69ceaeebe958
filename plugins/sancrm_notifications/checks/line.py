"""One line of a check's report: what was looked at, how it stands, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a thing stands; only FAIL makes a check fail."""

    OK = "ok"
    NOTE = "note"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Line:
    """A line for operators: English, without tokens, names and phones; titles of group chats may be shown."""

    what: str
    verdict: Verdict
    words: str
    remedy: str = ""
    chat_id: str | None = None
    chat_title: str | None = None
    """Of the group that the line is about, where Telegram has told its title."""

    @property
    def sentence(self) -> str:
        """What is so, and what to do."""
        return f"{self.words} → {self.remedy}" if self.remedy else self.words


def ok(what: str, words: str) -> Line:
    """Return a line about what is as it should be."""
    return Line(what, Verdict.OK, words)


def note(what: str, words: str, remedy: str = "") -> Line:
    """Return a line about what works, and is worth knowing."""
    return Line(what, Verdict.NOTE, words, remedy)


def fail(what: str, words: str, remedy: str = "") -> Line:
    """Return a line about what does not work; ``remedy`` is left out where the words say it already."""
    return Line(what, Verdict.FAIL, words, remedy)
