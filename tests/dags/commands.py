"""``python -m tests.dags.commands``: runs commands of Airflow's CLI one after the other, in one process.

Each is a JSON list on a line of standard input; for each a line ``RESULT [status, words]`` comes back. A process for
each would take ten seconds to import Airflow.
"""

from __future__ import annotations

import json
import sys
import traceback

from airflow.cli.cli_parser import get_parser


def main() -> None:
    """Run what standard input says."""
    for line in sys.stdin:
        print("RESULT", json.dumps(_run(json.loads(line))), flush=True)  # noqa: T201 - this is a command


def _run(command: list[str]) -> tuple[int, str]:
    try:
        given = get_parser().parse_args(command)
        given.func(given)
    except SystemExit as end:
        return (end.code, "") if isinstance(end.code, int) else (int(end.code is not None), str(end.code or ""))
    except Exception:
        return 1, traceback.format_exc()
    return 0, ""


if __name__ == "__main__":
    main()
