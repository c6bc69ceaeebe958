"""Every room says in one line what it is, has its tests where its name says, and the root holds what all rooms need."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "plugins" / "sancrm_notifications"
ROOMS = sorted(str(file.parent.relative_to(PACKAGE)) for file in PACKAGE.rglob("__init__.py"))[1:]
# At the root: the knobs, connections, the one way to a database, waits that end by the clock, former import paths.
AT_THE_ROOT = {"__init__", "connections", "databases", "former_paths", "secrets_backends", "settings", "time_limit"}
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


def test_the_root_holds_what_every_room_needs() -> None:
    assert {file.stem for file in PACKAGE.glob("*.py")} == AT_THE_ROOT


def test_every_room_is_on_the_map() -> None:
    drawn = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```text")[1].split("```")[0]
    assert [room for room in ROOMS if "/" not in room and f" {room}/" not in drawn] == []
    assert [name for name in AT_THE_ROOT - {"__init__"} if f" {name}.py" not in drawn] == []


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_file_says_in_its_first_line_why_it_exists(file: Path) -> None:
    assert _first_line(file)
