"""The README is short and leads to every document; what it has a reader do works."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LONGEST = 140


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= LONGEST


def test_every_document_is_in_its_index() -> None:
    index = set(re.findall(r"^\| \[[^]]+\]\(([^)]+)\) \|", README, re.MULTILINE))
    documents = {str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")}
    assert documents
    assert index == documents | {"CONTRIBUTING.md", "CHANGELOG.md"}


def test_every_dag_is_in_its_table() -> None:
    table = README.split("## What it sends")[1].split("\n## ")[0]
    named = set(re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\| (`[^|]+)\|", table, re.MULTILINE))))
    files = {path.stem for path in (ROOT / "dags").glob("*.py")}
    assert files
    assert {name for name in files if not any(dag.startswith(name) for dag in named)} == set()
