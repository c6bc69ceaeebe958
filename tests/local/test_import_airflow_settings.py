"""airflow_settings.yaml reaches a real Airflow's metadata without the Astro CLI."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from local import import_airflow_settings
from local.import_airflow_settings import SettingsError, connections, pools, read, variables

ROOT = Path(__file__).parents[2]

WITH_POOL = """
airflow:
  connections:
    - {conn_id: crm, conn_type: postgres, conn_host: new.example.com, conn_password: 'p@ss:word/1', conn_port: 5433}
    - {conn_id: by_address, conn_uri: 'postgres://user:secret@example.com:5432/name'}
    - {conn_id: telegram, conn_type: telegram, conn_host: '-100', conn_extra: {base_url: 'http://127.0.0.1:8081/bot'}}
    - {conn_id: }
  pools:
    - {pool_name: telegram, pool_slot: 2, pool_description: one chat at a time}
  variables:
    - {variable_name: settings, variable_value: {sending: false, title: «Отчёт»}}
"""


@pytest.fixture(scope="module")
def airflow(tmp_path_factory):
    """Return a function that runs a Python module against an Airflow with an empty metadata database."""
    home = tmp_path_factory.mktemp("airflow")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__FERNET_KEY": "",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    }

    def run(*arguments: str) -> None:
        command = [sys.executable, "-m", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def rows(query: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(home / "airflow.db") as metadata:
            return metadata.execute(query).fetchall()

    run("airflow", "db", "migrate")
    return run, rows


def test_the_file_of_this_project_and_then_another_one_are_imported(airflow, tmp_path):
    run, rows = airflow
    module = "local.import_airflow_settings"

    run(module, "airflow_settings.yaml")

    types = dict(rows("select conn_id, conn_type from connection"))
    assert types == {"sancrm_db": "postgres", "notifications_db": "postgres", "telegram_default": "telegram"}
    ((value,),) = rows("select val from variable where key = 'sancrm_notifications'")
    assert json.loads(value)["sending"] is True

    other = tmp_path / "other.yaml"
    other.write_text(WITH_POOL, encoding="utf-8")
    run(module, str(other))

    assert rows("select host, password, port from connection where conn_id = 'crm'") == [
        ("new.example.com", "p@ss:word/1", 5433)
    ]
    assert rows("select host, login, schema from connection where conn_id = 'by_address'") == [
        ("example.com", "user", "name")
    ]
    assert rows("select slots, description from slot_pool where pool = 'telegram'") == [(2, "one chat at a time")]

    other.write_text(WITH_POOL.replace("new.example.com", "newest.example.com"), encoding="utf-8")
    run(module, str(other))
    assert rows("select host from connection where conn_id = 'crm'") == [("new.example.com",)]
    run(module, "--overwrite", str(other))
    assert rows("select host from connection where conn_id = 'crm'") == [("newest.example.com",)]


def test_structures_become_json_and_empty_entries_are_left_out(tmp_path):
    file = tmp_path / "settings.yaml"
    file.write_text(WITH_POOL, encoding="utf-8")
    settings = read(file)

    found = connections(settings)

    assert list(found) == ["crm", "by_address", "telegram"]
    assert json.loads(found["telegram"]["extra"]) == {"base_url": "http://127.0.0.1:8081/bot"}
    assert json.loads(variables(settings)["settings"]) == {"sending": False, "title": "«Отчёт»"}
    assert pools(settings)["telegram"]["slots"] == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("connections: []", "has no section `airflow`"),
        ("airflow: [", "is not YAML"),
        ("airflow: {connections: [{conn_id: crm}]}", "connection crm has neither conn_type nor conn_uri"),
        ("airflow: {pools: [{pool_name: few, pool_slot: many}]}", "pool few: pool_slot must be a whole number"),
        ("airflow: {variables: {name: value}}", "variables must be a list"),
    ],
)
def test_a_wrong_file_is_refused_with_a_sentence(tmp_path, capsys, content, sentence):
    file = tmp_path / "settings.yaml"
    file.write_text(content, encoding="utf-8")

    assert import_airflow_settings.main([str(file)]) == 1

    assert sentence in capsys.readouterr().err


def test_a_missing_file_is_named(tmp_path, capsys):
    assert import_airflow_settings.main([str(tmp_path / "absent.yaml")]) == 1
    assert "absent.yaml" in capsys.readouterr().err


def test_reading_raises_before_airflow_is_touched(tmp_path):
    file = tmp_path / "settings.yaml"
    file.write_text("airflow: 5", encoding="utf-8")

    with pytest.raises(SettingsError):
        read(file)
