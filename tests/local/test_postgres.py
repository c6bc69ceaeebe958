"""The demo's PostgreSQL keeps its data between two starts."""

from __future__ import annotations

import psycopg
import pytest

from local import postgres
from local.demo_error import DemoError


def test_data_and_notes_survive_a_stop_and_a_dead_server_is_noticed(tmp_path):
    tmp_path.chmod(0o700)
    server = postgres.start(tmp_path / "postgres")
    assert tmp_path.stat().st_mode & 0o066 == 0, "nobody but the owner looks into the folder of the data"
    server.require_database("airflow")
    server.require_database("airflow")
    assert server.note("airflow") == ""
    server.write_note("airflow", "it's migrated")
    open_connection = psycopg.connect(server.conninfo("airflow"))
    server.require_alive()

    server.stop()

    with pytest.raises(DemoError, match="PostgreSQL has stopped by itself"):
        server.require_alive()
    with pytest.raises(psycopg.OperationalError):
        open_connection.execute("select 1")
    again = postgres.start(tmp_path / "postgres")
    try:
        assert again.note("airflow") == "it's migrated"
    finally:
        again.stop()
