"""The environment in which every Airflow process of the demo runs: all settings are here, none in airflow.cfg."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from local.ports import LOOPBACK
from local.secret_files import ADMIN, airflow_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
# Settings of the package itself may be tried out from outside; all other settings of Airflow are the demo's.
OPEN_PREFIX = "AIRFLOW__SANCRM_NOTIFICATIONS__"


def airflow_url(port: int) -> str:
    """Return the address of Airflow's UI and API."""
    return f"http://{LOOPBACK}:{port}"


def build(directory: Path, metadata_url: str, port: int, outside: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the complete environment for Airflow with its files in ``directory``.

    ``metadata_url`` is the SQLAlchemy address of the metadata database, ``outside`` the environment to start
    from, by default this process's own.
    """
    return {
        **_inherited(os.environ if outside is None else outside),
        **airflow_keys(directory / "airflow_keys.json"),
        **_places(directory, metadata_url),
        **_network(port),
        **_behaviour(),
    }


def _inherited(outside: Mapping[str, str]) -> dict[str, str]:
    """Return what comes from outside: no settings of another Airflow, no token on its way to every child."""
    kept = {
        name: value
        for name, value in outside.items()
        if (not name.startswith("AIRFLOW") or name.startswith(OPEN_PREFIX))
        and name not in ("PYTHONDONTWRITEBYTECODE", "TELEGRAM_BOT_TOKEN")
    }
    # Airflow's processes and the stand-in are reached directly, whatever proxy leads to the internet.
    without_proxy = [entry for entry in (kept.get("NO_PROXY") or kept.get("no_proxy"), LOOPBACK, "localhost") if entry]
    kept["NO_PROXY"] = kept["no_proxy"] = ",".join(without_proxy)
    return kept


def _places(directory: Path, metadata_url: str) -> dict[str, str]:
    home = directory / "airflow"
    return {
        "AIRFLOW_HOME": str(home),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "plugins"), str(ROOT)]),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(directory / "admin_password.json"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata_url,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        # Airflow sets them itself, whatever the umask.
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
    }


def _network(port: int) -> dict[str, str]:
    url = airflow_url(port)
    return {
        "AIRFLOW__API__HOST": LOOPBACK,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
    }


def _behaviour() -> dict[str, str]:
    return {
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # The executor forks all its workers at once: eight are enough for one machine and need about a gigabyte.
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "60",
        # A DAG file that was added or changed shows within seconds instead of five minutes.
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "10",
        "AIRFLOW__SCHEDULER__CATCHUP_BY_DEFAULT": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
