"""The documents say what the code does: states, destinations, tables; what code cites as its source exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sancrm_notifications.delivery.destinations import CHAINS

ROOT = Path(__file__).parent.parent
DELIVERY = (ROOT / "docs" / "delivery.md").read_text(encoding="utf-8")
MIGRATIONS = ROOT / "plugins" / "sancrm_notifications" / "ledger" / "migrations"
# What a docstring names as the source of its rules: a document, and perhaps some of its headings.
CITATION = re.compile(r"Source: (docs/\w+\.md)(?:, ([A-Z][^.]*))?\.")
ROOMS = ("dags", "plugins", "include", "tests")


def _cited() -> list[tuple[str, str, str]]:
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    found = [(file, CITATION.findall(file.read_text(encoding="utf-8"))) for file in files]
    return [(str(file.relative_to(ROOT)), *citation) for file, citations in found for citation in citations]


def test_every_state_that_the_ledger_knows_is_drawn_or_explained() -> None:
    section = DELIVERY.split("## The life of a message")[1].split("\n## ")[0]
    checked = re.search(r"check \(\s*state in \((.*?)\)", _migrations(), re.DOTALL)
    assert checked
    states = re.findall(r"'(\w+)'", checked[1])
    assert len(states) > 5
    assert [state for state in states if state not in section] == []


def test_every_destination_falls_back_as_the_table_says() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ((?:`telegram_\w+`(?:, )?)+) \|$", DELIVERY, re.MULTILINE)
    assert {name: tuple(re.findall(r"`(\w+)`", chain)) for name, chain in rows} == CHAINS


def _migrations() -> str:
    return "".join(file.read_text(encoding="utf-8") for file in sorted(MIGRATIONS.glob("*.sql")))


def test_every_table_of_the_ledger_is_named() -> None:
    tables = set(re.findall(r"create table notifications\.(\w+)", _migrations()))
    section = DELIVERY.split("## What the ledger keeps")[1].split("\n## ")[0]
    assert tables
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == tables | {"versions"}


@pytest.mark.parametrize(("file", "document", "cited"), _cited())
def test_what_is_cited_exists(file: str, document: str, cited: str) -> None:
    path = ROOT / document
    assert path.is_file(), f"{file} cites {document}"
    headings = set(re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE))
    assert set(filter(None, cited.split("; "))) <= headings, f"{file} cites {document}, {cited}"


def test_something_is_cited() -> None:
    assert len(_cited()) > 5
