"""``python -m sancrm_notifications.contract DSN`` checks a database against the source contract.

Below the verdict stands what is optional, not shown, and therefore off.
Exit status: 0 the contract is met (hints may be printed), 1 it is not, 2 the check could not be made.
"""

from __future__ import annotations

import argparse
import os
import sys

import psycopg

from sancrm_notifications import databases
from sancrm_notifications.contract.check import check, switched_off
from sancrm_notifications.contract.since import since

DSN_VARIABLE = "SANCRM_DB_DSN"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m sancrm_notifications.contract",
        description="Say what a database lacks to be reported on: one sentence per fault.",
    )
    parser.add_argument(
        "dsn",
        nargs="?",
        default=os.environ.get(DSN_VARIABLE),
        help=f"libpq connection string or postgresql:// address; {DSN_VARIABLE} of the environment if left out",
    )
    parser.add_argument(
        "--since",
        type=since,
        help="look only at repairs, rentals and backups from this moment on, YYYY-MM-DD[THH:MM+ZZ:ZZ]",
    )
    options = parser.parse_args(arguments)
    if not options.dsn:
        parser.error(f"name the database: as an argument or in {DSN_VARIABLE}.")
    try:
        with databases.connect(options.dsn, databases.Use(is_reading=True, statement_seconds=0)) as connection:
            faults = check(connection, options.since)
            off = switched_off(connection)
    except psycopg.Error as error:
        sys.stderr.write(f"The check could not be made: {error}\n")
        return 2
    for fault in faults:
        sys.stdout.write(f"{'Hint: ' if fault.is_hint else ''}{fault}\n")
    wrong = sum(not fault.is_hint for fault in faults)
    sys.stdout.write(f"{wrong} fault{'s' if wrong > 1 else ''}.\n" if wrong else "The contract is met.\n")
    sys.stdout.writelines(f"Off: {sentence}\n" for sentence in off)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
