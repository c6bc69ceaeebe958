"""No text that people see is cut by its code points: text.markup knows where a character on the screen ends."""

from __future__ import annotations

import ast
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sancrm_notifications.text.markup import beginning, characters, ending

PACKAGE = Path(__file__).parents[2] / "plugins" / "sancrm_notifications"
# Slices of lists, of rows and of a digest, first letters that are looked at, a command of Latin letters: none of these
# is a text that people see.
ALLOWED = {
    "alerts/messages.py: named[:_MOST_NAMED]",
    (
        "bot/messages/binding.py: [word for word in one_line(name or '').split() if any(map(str.isalnum, word))]"
        "[:_MOST_WORDS]"
    ),
    "bot/messages/branches.py: branches[:_MOST]",
    "bot/messages/staff.py: repairs[:_MOST]",
    "bot/updates.py: text[:one['length']]",
    "checks/queries.py: answer[:_MOST_CARDS]",
    "contract/optional.py: STATUS_GROUPS[:-1]",
    "ledger/log.py: rows[:most]",
    "notifications/backup_failures/messages.py: attempts[:_MOST_TIMES]",
    "notifications/backup_failures/messages.py: lines[:half]",
    "notifications/backup_failures/messages.py: list(by_error.items())[:_MOST_ERRORS]",
    "notifications/backup_failures/rules.py: hashlib.sha256(database.encode()).hexdigest()[:12]",
    "notifications/backup_failures/script_reports.py: candidate[:2]",
    "notifications/client_statuses/messages.py: codes[:_CODES_SHOWN]",
    "notifications/pickup_reminders/messages.py: codes[:_CODES_SHOWN]",
    "notifications/profitability/headline.py: lead[:1]",
    "notifications/profitability/headline.py: worst[:_WORST]",
    "notifications/profitability/like_periods.py: week.days[:_SATURDAY]",
    "notifications/profitability/pictures.py: profits[:half]",
    "notifications/profitability/unusual.py: like[:last]",
    "notifications/profitability/unusual_lines.py: found[:_MOST_LINES]",
    "notifications/profitability/figures.py: SUMMED[:5]",
    "notifications/profitability/figures.py: subjects[:-1]",
    "notifications/profitability/messages.py: blocks[1:1]",
    "notifications/profitability/messages.py: notes[:0]",
    "ledger/clients.py: rows[:PAGE]",
    "pages/explaining.py: latest[:_MOST_REPAIRS]",
    "pages/forms.py: digest[:16]",
    "pages/inviting.py: text[:20]",
    "pages/decisions.py: sha256('\\x00'.join(parts).encode()).hexdigest()[:_DIGITS]",
    "pages/decisions.py: sha256(repr(seen).encode()).hexdigest()[:_DIGITS]",
    "pages/decisions_page.py: _actable(messages, rights)[:MOST_AT_ONCE]",
    "pages/event_page.py: history[:versions.PAGE]",
    "pages/event_page.py: listed[:versions.PAGE]",
    "pages/rendering.py: text[:1]",
    "pages/security.py: signed[:2]",
    "pages/month_calendar.py: cells[start:start + 7]",
    "pages/spreadsheet.py: text.lstrip()[:1]",
    "pages/standing.py: bad(judgements)[:LISTED]",
    "pictures/grid.py: ordered[:MOST_BRANCHES // 2]",
    "pictures/grid.py: panel.profit_kopecks[:-1]",
    "pictures/names.py: pieces[:half]",
    "pictures/words.py: ordered[:_ENDS_NAMED]",
    "settings.py: fault['loc'][:-1]",
    "settings.py: fault['loc'][:end]",
}


def cuts() -> set[str]:
    """Return the slices that end somewhere, by file and text; those with a beginning alone drop what is read."""
    found = set()
    for file in sorted(PACKAGE.rglob("*.py")):
        where = file.relative_to(PACKAGE).as_posix()
        if where.startswith("text/"):  # which knows characters
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and node.slice.upper is not None:
                found.add(f"{where}: {ast.unparse(node)}")
    return found


def test_cuts_of_texts_keep_whole_characters() -> None:
    assert cuts() == ALLOWED


@given(st.text("a\u0301🇷🇺👩\u200d🔧각\ufe0f ", max_size=30), st.integers(0, 12))
def test_beginning_and_end_are_whole_characters_of_the_text(text: str, most: int) -> None:
    first, last = beginning(text, most), ending(text, most)

    assert max(len(first), len(last)) <= most or len(text) <= most
    assert text.startswith(first)
    assert text.endswith(last)
    assert characters(first) == characters(text)[: len(characters(first))]
    assert characters(last) == characters(text)[len(characters(text)) - len(characters(last)) :]
