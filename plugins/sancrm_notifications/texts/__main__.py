"""Takes the office's texts and switches out as one file, or brings one in: ``python -m sancrm_notifications.texts``.

In the environment of Airflow, whose connection ``notifications_db`` says where the ledger is.
"""

from __future__ import annotations

import argparse
import sys
from getpass import getuser
from pathlib import Path

import psycopg

from sancrm_notifications import connections, databases
from sancrm_notifications.ledger.schema import upgrade
from sancrm_notifications.texts.exchange import ExchangeError, exported, import_texts


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m sancrm_notifications.texts", description=(__doc__ or "").partition(":")[0]
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("export", help="write all present texts and switches to the standard output")
    bring = commands.add_parser("import", help="add what differs as new versions; all of it or nothing")
    bring.add_argument("file", type=Path)
    bring.add_argument("--author", default=getuser(), help="who has written and switched; by default who runs this")
    options = parser.parse_args(arguments)
    try:
        with databases.connect(connections.ledger_conninfo(), databases.LEDGER) as ledger:
            upgrade(ledger)
            if options.command == "export":
                print(exported(ledger))  # noqa: T201 - this is a command
            else:
                texts, switches = import_texts(ledger, options.file.read_text(encoding="utf-8"), options.author)
                print(f"{texts} texts and {switches} switches were written, the others are as in the file")  # noqa: T201
    except UnicodeDecodeError:
        print(f"error: {options.file} is no text in UTF-8", file=sys.stderr)  # noqa: T201
        return 1
    except (ExchangeError, OSError, psycopg.Error) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
