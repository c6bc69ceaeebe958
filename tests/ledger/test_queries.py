"""Every statement in the ledger's SQL files is used, described and understood by PostgreSQL."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import psycopg
import pytest

import sancrm_notifications
from sancrm_notifications.ledger import named_queries
from sancrm_notifications.ledger.named_queries import query

PACKAGE = Path(sancrm_notifications.__file__).parent
NAMES = sorted(named_queries._queries())
BIND = re.compile(r"%\((\w+)\)s")
ROOM = PACKAGE / "ledger"
# Their statements stand as pairs of name and parameters.
PAIRS = ("recording.py", "claiming.py", "batches.py", "listeners.py")


def used_names(file: Path) -> set[str]:
    """Return the names of statements that a file's code asks for."""
    names: set[str] = set()
    pairs = file.parent == ROOM and file.name in PAIRS
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and _called(node) in ({"query", "_ask"} if pairs else {"query"}):
            names |= _constants(node.args[:1])
        elif pairs and isinstance(node, ast.Tuple) and len(node.elts) == 2:
            names |= _constants(node.elts[:1])
    return names


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _constants(nodes: list[ast.expr]) -> set[str]:
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_statement_is_used_and_every_used_one_exists() -> None:
    assert len(NAMES) > 20
    assert sorted(set().union(*map(used_names, PACKAGE.rglob("*.py")))) == NAMES


@pytest.mark.parametrize("file", sorted(ROOM.glob("*.sql")), ids=lambda file: file.stem)
def test_a_statement_stands_beside_the_code_that_uses_it(file: Path) -> None:
    written = set(re.findall(r"^-- name: (\w+)$", file.read_text(), re.MULTILINE))
    assert written
    assert written <= used_names(file.with_suffix(".py"))


def test_no_name_stands_for_two_statements() -> None:
    written = [name for file in ROOM.glob("*.sql") for name in re.findall(r"-- name: (\w+)", file.read_text())]
    assert sorted(written) == NAMES


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(KeyError, match="no_such_statement"):
        query("no_such_statement")


@pytest.mark.parametrize("name", NAMES)
def test_a_statement_is_described_and_postgresql_understands_it(ledger: str, name: str) -> None:
    statement = query(name).decode().strip()
    assert statement.startswith("-- "), "what it does stands below its name"
    binds = list(dict.fromkeys(BIND.findall(statement)))
    numbered = BIND.sub(lambda bind: f"${binds.index(bind[1]) + 1}", statement)
    with psycopg.connect(ledger) as connection:
        connection.execute(f"prepare tried as {numbered}".encode())
        prepared = connection.execute("select cardinality(parameter_types) from pg_prepared_statements").fetchall()
        assert prepared == [(len(binds),)]
