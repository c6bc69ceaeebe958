"""Import an airflow_settings.yaml without the Astro CLI: `python -m local.import_airflow_settings FILE`.

The file is turned into what Airflow's own commands `connections import`, `variables import` and `pools import`
read, and those commands are run, in this process. What Airflow already has is left as it is, unless
`--overwrite` is given; pools are always brought to what the file says.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

CONNECTION_FIELDS = {
    "conn_type": "conn_type",
    "conn_host": "host",
    "conn_schema": "schema",
    "conn_login": "login",
    "conn_password": "password",
    "conn_port": "port",
    "conn_extra": "extra",
}


class SettingsError(Exception):
    """The settings file cannot be imported; the message says where it is wrong."""


def main(arguments: list[str] | None = None) -> int:
    """Import the file named on the command line; return 0, or 1 after a sentence on what is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--overwrite", action="store_true", help="replace connections and Variables that exist")
    chosen = parser.parse_args(arguments)
    try:
        settings = read(chosen.file)
        tables = [connections(settings), variables(settings), pools(settings)]
    except (OSError, SettingsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    import_into_airflow(*tables, overwrite=chosen.overwrite)
    return 0


def read(path: Path) -> dict[str, Any]:
    """Return the section ``airflow`` of the file; raise SettingsError when there is none."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is not YAML: {error}") from error
    section = content.get("airflow") if isinstance(content, dict) else None
    if not isinstance(section, dict):
        raise SettingsError(f"{path} has no section `airflow`.")
    return section


def connections(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the connections by id, as `airflow connections import` reads them: an address, or fields."""
    found: dict[str, Any] = {}
    for name, entry in _named(settings, "connections", "conn_id"):
        if entry.get("conn_uri"):
            found[name] = entry["conn_uri"]
            continue
        if not entry.get("conn_type"):
            raise SettingsError(f"connection {name} has neither conn_type nor conn_uri.")
        found[name] = {
            field: _as_text(entry[key]) if key == "conn_extra" else entry[key]
            for key, field in CONNECTION_FIELDS.items()
            if entry.get(key) not in (None, "")
        }
    return found


def variables(settings: dict[str, Any]) -> dict[str, str]:
    """Return the Variables by name; a value written as YAML structure becomes JSON."""
    return {
        name: _as_text(entry.get("variable_value", ""))
        for name, entry in _named(settings, "variables", "variable_name")
    }


def pools(settings: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the pools by name, as `airflow pools import` reads them."""
    found: dict[str, dict[str, Any]] = {}
    for name, entry in _named(settings, "pools", "pool_name"):
        if not isinstance(entry.get("pool_slot"), int):
            raise SettingsError(f"pool {name}: pool_slot must be a whole number.")
        description = entry.get("pool_description") or ""
        found[name] = {"slots": entry["pool_slot"], "description": description, "include_deferred": False}
    return found


def import_into_airflow(
    connections: dict[str, Any],
    variables: dict[str, str],
    pools: dict[str, dict[str, Any]],
    *,
    overwrite: bool,
) -> None:
    """Hand the tables to Airflow's own import commands, through files that only this user can read."""
    from airflow.cli.cli_parser import get_parser  # noqa: PLC0415 - slow, and not needed to refuse a wrong file

    existing = ["--action-on-existing-key", "overwrite" if overwrite else "skip"]
    commands = {
        "connections": (connections, ["--overwrite"] if overwrite else []),
        "variables": (variables, existing),
        "pools": (pools, []),
    }
    with tempfile.TemporaryDirectory() as directory:
        for command, (table, options) in commands.items():
            if table:
                file = Path(directory, f"{command}.json")
                file.write_text(json.dumps(table), encoding="utf-8")
                parsed = get_parser().parse_args([command, "import", os.fspath(file), *options])
                parsed.func(parsed)


def _named(settings: dict[str, Any], section: str, key: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the entries of a section with their names, leaving out the empty ones of Astro's template."""
    entries = settings.get(section) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SettingsError(f"{section} must be a list of entries.")
    return [(str(entry[key]), entry) for entry in entries if entry.get(key)]


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
