"""The environment of the demo's Airflow: only this machine reaches it, nothing of another Airflow leaks in."""

from __future__ import annotations

import stat

from local import airflow_environment, secret_files

METADATA = "postgresql+psycopg2://postgres@/airflow?host=/sockets"


def test_settings_of_another_airflow_and_the_token_stay_outside(tmp_path):
    outside = {
        "PATH": "/bin",
        "AIRFLOW__API__HOST": "0.0.0.0",  # noqa: S104 - what must not come through
        "AIRFLOW_HOME": "/somewhere/else",
        "AIRFLOW_CONN_SANCRM_DB": "postgres://elsewhere",
        "AIRFLOW__SANCRM_NOTIFICATIONS__TIMEZONE": "Asia/Yekaterinburg",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TELEGRAM_BOT_TOKEN": "1:secret",
    }

    environment = airflow_environment.build(tmp_path, METADATA, 8080, outside)

    assert environment["PATH"] == "/bin"
    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert environment["AIRFLOW_HOME"].startswith(str(tmp_path))
    assert environment["AIRFLOW__SANCRM_NOTIFICATIONS__TIMEZONE"] == "Asia/Yekaterinburg"
    assert not {"AIRFLOW_CONN_SANCRM_DB", "PYTHONDONTWRITEBYTECODE", "TELEGRAM_BOT_TOKEN"} & environment.keys()


def test_nobody_is_an_administrator_without_a_password(tmp_path):
    environment = airflow_environment.build(tmp_path, METADATA, 8080, {})

    assert environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] == "admin:admin"
    assert "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS" not in environment


def test_a_proxy_is_not_asked_for_this_machine(tmp_path):
    outside = {"HTTPS_PROXY": "http://proxy.example.com", "no_proxy": "intranet.example.com"}

    environment = airflow_environment.build(tmp_path, METADATA, 8080, outside)

    assert environment["no_proxy"] == environment["NO_PROXY"] == "intranet.example.com,127.0.0.1,localhost"


def test_keys_and_password_are_made_once_and_read_by_their_owner_alone(tmp_path):
    keys = secret_files.airflow_keys(tmp_path / "keys.json")
    password = secret_files.admin_password(tmp_path / "password.json")

    assert secret_files.airflow_keys(tmp_path / "keys.json") == keys
    assert secret_files.admin_password(tmp_path / "password.json") == password
    assert len(set(keys.values())) == 3
    assert len(password) >= 12
    files = list(tmp_path.iterdir())
    assert len(files) == 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
