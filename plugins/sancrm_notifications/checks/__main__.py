"""``python -m sancrm_notifications.checks`` looks at everything the notifications need, a line for each thing.

To be run where Airflow's scheduler or API server runs, with their environment, because connections and the Variable
are read as these read them. Exit status: 0 nothing is wrong (notes may be printed), 1 something is.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import warnings
from itertools import chain
from typing import TYPE_CHECKING

from sancrm_notifications.contract.since import since

if TYPE_CHECKING:
    from sancrm_notifications.checks.line import Line

_WIDEST = 44  # characters; what is named at greater length has its words further to the right


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m sancrm_notifications.checks",
        description="Say of everything the notifications need whether it is all right, and what to do if not.",
    )
    parser.add_argument(
        "--since",
        type=since,
        help="look only at the CRM's rows from this moment on, YYYY-MM-DD[THH:MM+ZZ:ZZ]; every row if left out",
    )
    options = parser.parse_args(arguments)
    _read_as_a_server()
    from sancrm_notifications.checks.groups import groups
    from sancrm_notifications.checks.line import Verdict
    from sancrm_notifications.checks.running import run

    faults = 0
    for line in run(chain.from_iterable(groups(options.since).values())):
        sys.stdout.write(f"{shown(line)}\n")
        sys.stdout.flush()
        faults += line.verdict is Verdict.FAIL
    sys.stdout.write(f"{faults} fault{'s' if faults > 1 else ''}.\n" if faults else "Nothing is wrong.\n")
    return 1 if faults else 0


def shown(line: Line) -> str:
    """Return a line as it is printed: verdict, what, words, and what to do."""
    return f"{line.verdict:<4}  {line.what:<{_WIDEST}}  {line.sentence}"


def _read_as_a_server() -> None:
    """Let Airflow read connections and Variables from its metadata, as its own command line does."""
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")


if __name__ == "__main__":
    sys.exit(main())
