"""Run a command in the demo's environment: `python -m local.in_demo COMMAND…`, while the demo is up.

The command sees the demo's Airflow settings, and its API as AIRFLOW_API_URL, AIRFLOW_API_USER and
AIRFLOW_API_PASSWORD.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from local import telegram_choice
from local.airflow_environment import ROOT
from local.demo_error import DemoError
from local.secret_files import ADMIN, admin_password, keep_private, write_private

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "environment.json"


def directory() -> Path:
    """Return where the demo keeps its data."""
    return Path(os.environ.get("DEMO_DIRECTORY") or ROOT / ".demo").resolve()


def remember(demo: Path, environment: Mapping[str, str], airflow_url: str) -> None:
    """Keep the settings of this start for the commands that come later."""
    settings = {name: value for name, value in environment.items() if name.startswith("AIRFLOW")}
    settings |= {"PYTHONPATH": environment["PYTHONPATH"], "AIRFLOW_API_URL": airflow_url}
    write_private(demo / FILE, json.dumps(settings, indent=1))


def environment(demo: Path) -> dict[str, str]:
    """Return the environment variables for a command.

    A real bot's token is nowhere but in the caller's own environment, as for `make demo`. Raises FileNotFoundError
    when the demo never ran, DemoError when the environment has half of a bot and its chat.
    """
    settings: dict[str, str] = json.loads((demo / FILE).read_text(encoding="utf-8"))
    password = admin_password(demo / "admin_password.json")
    telegram = telegram_choice.choose(0).environment()
    return {**os.environ, **settings, **telegram, "AIRFLOW_API_USER": ADMIN, "AIRFLOW_API_PASSWORD": password}


def is_up(airflow_url: str) -> bool:
    """Tell whether something listens where the demo's Airflow does."""
    where = urlsplit(airflow_url)
    try:
        socket.create_connection((str(where.hostname), where.port or 80), timeout=5).close()
    except OSError:
        return False
    return True


def main() -> NoReturn:
    """Become the command; exit with 1 after a sentence when there is no command or the demo is not up."""
    if len(sys.argv) < 2:
        sys.exit(f"error: name a command: {__doc__}")
    try:
        settings = environment(directory())
    except FileNotFoundError:
        sys.exit("error: the demo has not been started here yet: run `make demo` first.")
    except DemoError as problem:
        sys.exit(f"error: {problem}")
    if not is_up(settings["AIRFLOW_API_URL"]):
        sys.exit("error: the demo is not up: run `make demo` in another terminal and wait until it says where to look.")
    keep_private()
    os.execvpe(sys.argv[1], sys.argv[1:], settings)  # noqa: S606 - the command is what the user asked for


if __name__ == "__main__":
    main()
