"""Rows travel between tasks as JSON's own types and nothing is lost on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psycopg

from sancrm_notifications.crm.rows import json_rows

if TYPE_CHECKING:
    from tests.conftest import Databases


def test_rows_of_postgresql_become_dicts_that_json_keeps(databases: Databases) -> None:
    with psycopg.connect(databases.conninfo("postgres")) as connection:
        cursor = connection.execute(
            "select 9007199254740993::bigint as kopecks, date '2026-11-20' as reported_on, true as is_active,"
            " timestamptz '2026-11-20 09:00:00.5+03' as moved_at, null::text as name, array['2026-11-01'] as months"
        )
        (row,) = json_rows(cursor)

    assert json.loads(json.dumps(row)) == row
    assert (row["kopecks"], row["reported_on"], row["is_active"]) == (9007199254740993, "2026-11-20", True)
    assert row["moved_at"].startswith("2026-11-20T")
    assert (row["name"], row["months"]) == (None, ["2026-11-01"])


def test_no_rows_are_an_empty_list(databases: Databases) -> None:
    with psycopg.connect(databases.conninfo("postgres")) as connection:
        assert json_rows(connection.execute("select 1 as one where false")) == []
