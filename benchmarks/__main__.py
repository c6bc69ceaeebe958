"""Answer questions about speed and findings: ``python -m benchmarks [NAME…] [--runs N] [--quick] [--only CASE]``."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measurement import Answer, Options
from benchmarks.table import table
from local.airflow_environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

QUESTIONS = (
    "daily_query",
    "longer_periods",
    "unusual",
    "parsing",
    "formatting",
    "whole_run",
    "delivery_memory",
    "delivery_speed",
    "pictures",
    "pages",
    "bot",
    "bot_lookup",
    "bot_hour",
    "events",
    "bulk",
)


def main() -> int:
    """Run the command line; return 1 when a promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(QUESTIONS))
    parser.add_argument("--runs", type=int, help="how often to measure; each question has its own number")
    parser.add_argument("--quick", action="store_true", help="leave out ten million repairs and the like")
    parser.add_argument(
        "--only", action="append", default=[], metavar="CASE", help="delivery_speed: a case or a sender"
    )
    parser.add_argument("--cache", type=Path, default=ROOT / ".demo" / "bench", help="where generated data is kept")
    given = parser.parse_args()
    unknown = set(given.names) - set(QUESTIONS)
    if unknown:
        parser.error(f"there is no question {', '.join(sorted(unknown))}; there are {', '.join(QUESTIONS)}")
    logging.disable(logging.INFO)
    options = Options(given.cache.resolve(), given.runs, given.quick, tuple(given.only))
    answers = [_answer(name, options) for name in given.names or QUESTIONS]
    return _print(answers)


def _answer(name: str, options: Options) -> Answer:
    print(f"{name} …", flush=True)
    began = time.monotonic()
    answer: Answer = import_module(f"benchmarks.{name}").measure(options)
    print(f"{name}: measured in {time.monotonic() - began:.0f} s", flush=True)
    print(f"{table(answer.rows)}\n", flush=True)
    return answer


def _print(answers: Iterable[Answer]) -> int:
    rows = [row for answer in answers for row in answer.rows]
    print(f"All together:\n\n{table(rows)}\n")
    print("p95: of fewer than twenty runs, the greatest.")
    for answer in answers:
        for remark in answer.remarks:
            print(remark)
    return int(any(row.is_held is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
