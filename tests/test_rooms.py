"""Every room says in one line what it is, has its tests under its name, and no room's own file lies at the root."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "plugins" / "sancrm_notifications"
ROOMS = sorted(str(file.parent.relative_to(PACKAGE)) for file in PACKAGE.rglob("__init__.py"))[1:]
ROOT_FILES = sorted(file.stem for file in PACKAGE.glob("*.py") if file.stem != "__init__")
# What Airflow remembers by path, such as a timetable, still loads after a move.
NAMED_FOR_THE_PAST = {"former_paths", "notifier"}
# The command is tested against a whole Airflow.
TESTED_ELSEWHERE = {"resend": "installation"}
WIDTH = 120


def _first_line(file: Path) -> str:
    return (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").partition("\n")[0]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_in_one_line_what_it_is(room: str) -> None:
    said = _first_line(PACKAGE / room / "__init__.py")
    assert said.endswith(".")
    assert len(said) <= WIDTH


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_its_tests_under_its_name(room: str) -> None:
    tests = ROOT / "tests" / TESTED_ELSEWHERE.get(room, room)
    assert _first_line(tests / "__init__.py")
    assert list(tests.rglob("test_*.py"))


@pytest.mark.parametrize("name", ROOT_FILES)
def test_what_lies_at_the_root_is_needed_by_more_than_one_room(name: str) -> None:
    imported = re.compile(rf"sancrm_notifications(?:\.| import (?:\w+, )*){name}\b")
    users = {
        file.relative_to(PACKAGE).parts[0]
        for file in PACKAGE.rglob("*.py")
        if imported.search(file.read_text(encoding="utf-8"))
    }
    assert len(users) > 1 or name in NAMED_FOR_THE_PAST, f"move it into one of {users}"


def test_every_room_is_on_the_map() -> None:
    drawn = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```text")[1].split("```")[0]
    assert [room for room in ROOMS if "/" not in room and f" {room}/" not in drawn] == []
    assert [name for name in ROOT_FILES if f" {name}.py" not in drawn] == []


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_file_says_in_its_first_line_why_it_exists(file: Path) -> None:
    assert _first_line(file)
