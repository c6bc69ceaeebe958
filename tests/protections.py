"""Removes each protection in a copy of the repository and shows which tests notice: ``python -m tests.protections``.

Exit status 1 when the tests stay green without a protection, or its text is not found any more.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from tests.mutations import MUTATIONS

if TYPE_CHECKING:
    from tests.mutation import Mutation

ROOT = Path(__file__).resolve().parents[1]
NEEDED = ("plugins", "dags", "include", "local", "tests", "benchmarks", "docs", "pyproject.toml")
LONGEST_TEST_SECONDS = 90
_RED = re.compile(r"^(?:FAILED|ERROR) (?:\S*/)?(test_\w+\.py::\S+)", re.MULTILINE)


class LostError(Exception):
    """A protection's text does not stand in its file, or more than once: correct ``tests/mutations.py``."""


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.protections", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="WORD", help="only protections with one of these words")
    parser.add_argument("--jobs", type=int, default=2, help="copies that are tried side by side")
    given = parser.parse_args()
    chosen = [one for one in MUTATIONS if not given.names or any(word in one.protection for word in given.names)]
    copies: SimpleQueue[Path] = SimpleQueue()
    with tempfile.TemporaryDirectory(prefix="protections_") as directory, ThreadPoolExecutor(given.jobs) as pool:
        for number in range(given.jobs):
            copies.put(copied(Path(directory, str(number))))
        verdicts = list(pool.map(lambda mutation: _told(mutation, copies), chosen))
    held = sum(verdicts)
    print(f"{held} of {len(verdicts)} protections are held by a test.")
    return int(held < len(verdicts))


def copied(place: Path) -> Path:
    """Copy what the tests need and return where it is."""
    place.mkdir()
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__", "*.png"))
        else:
            shutil.copy(source, place / name)
    return place


def mutated(mutation: Mutation, text: str) -> str:
    """Return a file's text without the protection.

    :raises LostError: the text to replace does not stand there exactly once
    """
    if text.count(mutation.old) != 1:
        raise LostError(
            f"{mutation.protection}: {mutation.file} has its text {text.count(mutation.old)} times, not once"
        )
    return text.replace(mutation.old, mutation.new)


def red_tests(mutation: Mutation, place: Path) -> list[str]:
    """Return the tests that fail without the protection.

    :raises LostError: see :func:`mutated`
    :raises RuntimeError: the tests could not be run
    """
    file = place / mutation.file
    whole = file.read_text(encoding="utf-8")
    file.write_text(mutated(mutation, whole), encoding="utf-8")
    try:
        return _run(mutation, place)
    finally:
        file.write_text(whole, encoding="utf-8")


def _run(mutation: Mutation, place: Path) -> list[str]:
    options = ("-q", "-x", "-rfE", "-p", "no:cacheprovider", "--timeout", str(LONGEST_TEST_SECONDS))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *mutation.tests],
        cwd=place,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(
            f"{mutation.protection}: the tests could not be run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return sorted(set(_RED.findall(done.stdout)))


def _environment() -> dict[str, str]:
    import os

    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "AIRFLOW"))}
    return {**kept, "PYTHONPATH": "plugins"}


def _told(mutation: Mutation, copies: SimpleQueue[Path]) -> bool:
    place = copies.get()
    try:
        red = red_tests(mutation, place)
    except (LostError, RuntimeError) as error:
        print(f"- {mutation.protection}: NOT TRIED: {error}", flush=True)
        return False
    finally:
        copies.put(place)
    print(f"- {mutation.protection} → {', '.join(red) if red else 'NO TEST FAILED'}", flush=True)
    return bool(red)


if __name__ == "__main__":
    sys.exit(main())
