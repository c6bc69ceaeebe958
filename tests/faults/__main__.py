"""Play the table of faults with many seeds at true speed and print what each has cost: ``python -m tests.faults``.

Exit status 1 when a play was not as the table promises.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local import postgres
from tests.conftest import Databases
from tests.faults.pace import SCALED, TRUE
from tests.faults.row import play
from tests.faults.scene import make_template, played
from tests.faults.table import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.judgement import Outcome
    from tests.faults.pace import Pace
    from tests.faults.row import Row

HEADINGS = ("fault", "seeds", "messages", "accepted", "lost", "duplicates", "marked", "longest, s")


@dataclass(frozen=True, slots=True)
class Played:
    """One play of a row: its outcome, or why it is not as promised."""

    seed: int
    seconds: float
    outcome: Outcome | None
    failure: str = ""


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only rows with one of these words in them")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 1 on")
    parser.add_argument("--jobs", type=int, default=8, help="plays at the same time: they mostly wait")
    parser.add_argument("--scaled", action="store_true", help="with scaled time, as the quick tests")
    given = parser.parse_args()
    logging.disable(logging.INFO)
    rows = [row for row in ROWS if not given.words or any(word in row.fault for word in given.words)]
    seeds = range(1, given.seeds + 1)
    began = time.monotonic()
    with databases_of_a_command() as databases:
        plays = _play_all(rows, seeds, databases, SCALED if given.scaled else TRUE, given.jobs)
    print(table(plays))
    print(f"\nSeeds {seeds[0]} to {seeds[-1]}, {time.monotonic() - began:.0f} s in all.")
    failures = [(row, one) for row, ones in plays.items() for one in ones if one.failure]
    for row, one in failures:
        print(f"NOT AS PROMISED: {row.fault}, seed {one.seed}: {one.failure}")
    return int(bool(failures))


def table(plays: dict[Row, list[Played]]) -> str:
    """Return the table, as Markdown; counts are sums over the seeds."""
    lines = [f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}"]
    for row, ones in plays.items():
        outcomes = [one.outcome for one in ones if one.outcome]
        counts = [
            sum(getattr(outcome, name) for outcome in outcomes)
            for name in ("messages", "accepted", "lost", "duplicates", "marked")
        ]
        longest = max(one.seconds for one in ones)
        cells = [row.fault, f"{len(outcomes)} of {len(ones)}", *map(str, counts), f"{longest:.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _play_all(rows: list[Row], seeds: range, databases: Databases, pace: Pace, jobs: int) -> dict[Row, list[Played]]:
    with ThreadPoolExecutor(jobs) as pool:
        # The longest first would be better still; what is alone comes when nothing else runs.
        waiting = {
            (row, seed): pool.submit(_play, row, seed, databases, pace)
            for seed in seeds
            for row in rows
            if not row.is_alone
        }
        done = {key: future.result() for key, future in waiting.items()}
    done |= {(row, seed): _play(row, seed, databases, pace) for seed in seeds for row in rows if row.is_alone}
    return {row: [done[row, seed] for seed in seeds] for row in rows}


def _play(row: Row, seed: int, databases: Databases, pace: Pace) -> Played:
    began = time.monotonic()
    failure, outcome = "", None
    with (
        tempfile.TemporaryDirectory(prefix="faults_") as directory,
        played(databases, pace, seed, Path(directory)) as scene,
    ):
        try:
            outcome = play(row, scene)
        except Exception as error:  # a row that fails must not hide the others
            failure = f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - began
    print(
        f"{row.fault}, seed {seed}: {'FAILED' if failure else 'as promised'} in {seconds:.0f} s",
        file=sys.stderr,
        flush=True,
    )
    return Played(seed, seconds, outcome, failure)


@contextmanager
def databases_of_a_command() -> Iterator[Databases]:
    """Run a PostgreSQL for the length of a command."""
    with tempfile.TemporaryDirectory(prefix="pg_", ignore_cleanup_errors=True) as directory:
        databases = Databases(postgres.start(Path(directory)))
        databases.run("alter system set fsync = off")
        databases.run("select pg_reload_conf()")
        make_template(databases)
        try:
            yield databases
        finally:
            databases.server.stop()


if __name__ == "__main__":
    sys.exit(main())
