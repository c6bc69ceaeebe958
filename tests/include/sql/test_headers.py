"""Every query keeps what its header says: parameters, relations, columns with their types, order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.include.sql.queries import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg

    Source = psycopg.Connection[dict[str, Any]]

FILES = sorted(FOLDER.glob("*.sql"))

SAMPLES: dict[str, Any] = {
    "bigint": 7,
    "bigint[]": [7],
    "boolean": False,
    "date": "2026-11-20",
    "date[]": ["2026-11-20"],
    "interval": "15 minutes",
    "text": "reported",
    "text[]": ["reported"],
    "timestamptz": "2026-11-19T21:00:00+00:00",
    "timestamptz[]": ["2026-11-19T21:00:00+00:00"],
}
"""A value for a parameter of each type, as Airflow passes it."""


@dataclass(frozen=True)
class Header:
    """What the comment a query starts with promises."""

    fields: dict[str, str]
    params: dict[str, str]
    reads: list[str]
    columns: list[tuple[str, str]]


def read_header(text: str) -> Header:
    """Read the leading comment; a blank line ends a field."""
    fields: dict[str, list[str]] = {}
    name = ""
    for line in _comment(text):
        start = re.match(r"(grain|params|reads|order|columns):(.*)", line)
        name = start[1] if start else name if line else ""
        value = start[2].strip() if start else line
        if name and value:
            fields.setdefault(name, []).append(value)
    return Header(
        fields={name: " ".join(lines) for name, lines in fields.items()},
        params={
            param: kind
            for names, kind in map(_name_and_type, fields["params"])
            for param in names.split(", ")
            if fields["params"] != ["none"]
        },
        reads=" ".join(fields["reads"]).split(", "),
        columns=[_name_and_type(line) for line in fields["columns"]],
    )


def _comment(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not line.startswith("--"):
            return
        yield line.removeprefix("--").strip()


def _name_and_type(line: str) -> tuple[str, str]:
    name, kind, *_ = [*re.split(r" {2,}", line), ""]
    return name, kind


def _code(text: str) -> str:
    return "\n".join(line.split("--")[0] for line in text.splitlines())


def _type_names(source: Source, oids: list[int]) -> list[str]:
    """Return PostgreSQL's short names of types, ``timestamptz`` rather than its spelled out form."""
    rows = source.execute(
        "select name::regtype::oid as oid, name from unnest(%s::text[]) as wanted (name)",
        [list(SAMPLES)],
    )
    names = {row["oid"]: row["name"] for row in rows}
    return [names.get(oid, f"type {oid}") for oid in oids]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def query(request: pytest.FixtureRequest) -> str:
    path: Path = request.param
    return path.read_text()


def test_the_queries_of_the_reports_are_among_them() -> None:
    names = {path.stem for path in FILES}
    assert names >= {"profitability", "profitability_doubts", "check_relations", "check_unique_ids"}


def test_a_header_says_everything_in_order(query: str) -> None:
    header = read_header(query)

    assert query.startswith("-- ")
    assert list(header.fields) == ["grain", "params", "reads", "order", "columns"]
    assert all(header.fields.values())


def test_parameters_are_those_of_the_header_and_are_cast_where_they_enter(query: str) -> None:
    uses = re.findall(r"%\((\w+)\)s(?:::([a-z]+(?:\[\])?))?", query)

    assert dict(uses) == read_header(query).params
    assert len(set(uses)) == len(dict(uses))


def test_relations_read_are_those_of_the_header(query: str) -> None:
    read = re.findall(r"(?:from|join)\s+((?:reporting|pg_catalog)\.\w+)", _code(query))

    assert sorted(set(read)) == sorted(read_header(query).reads)


def test_the_result_has_the_columns_of_the_header(source: Source, query: str) -> None:
    header = read_header(query)
    parameters = {name: SAMPLES[kind] for name, kind in header.params.items()}

    cursor = source.execute(query, parameters or None)

    columns = cursor.description or []
    types = _type_names(source, [column.type_code for column in columns])
    assert list(zip([column.name for column in columns], types, strict=True)) == header.columns
    if header.fields["grain"] == "one row":
        assert cursor.rowcount == 1


def test_a_database_of_any_encoding_understands_it(query: str) -> None:
    assert query.isascii()


def test_nothing_depends_on_when_or_where_it_runs(query: str) -> None:
    code = _code(query).lower()

    assert not re.findall(r"\bnow\(\)|\bcurrent_(?:date|time|timestamp)\b|select \*|\{\{|\{%|\{#", code)
    assert ("order by" in code) or read_header(query).fields["order"].startswith("none")
