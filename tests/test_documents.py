"""The documents say what the code does: states, destinations, tables; what code cites as its source exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sancrm_notifications.delivery import batch
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


def test_the_states_are_drawn_as_in_the_module_that_leads_them() -> None:
    drawing = re.search(r"```text\n(.*?)\n```", DELIVERY, re.DOTALL)
    assert drawing
    assert batch.__doc__
    assert drawing[1] in batch.__doc__


def test_every_destination_falls_back_as_the_table_says() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ((?:`telegram_\w+`(?:, )?)+) \|$", DELIVERY, re.MULTILINE)
    assert {name: tuple(re.findall(r"`(\w+)`", chain)) for name, chain in rows} == CHAINS


def test_every_table_of_the_ledger_is_named() -> None:
    migrations = "".join(file.read_text(encoding="utf-8") for file in MIGRATIONS.glob("*.sql"))
    tables = set(re.findall(r"create table notifications\.(\w+)", migrations))
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
