"""Runs a module in a Python of its own: what it imports and keeps in memory is then its own too."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from local.airflow_environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping


def command(module: str, *arguments: str) -> list[str]:
    """Return the words that run a module."""
    return [sys.executable, "-m", module, *arguments]


def environment() -> dict[str, str]:
    """Return this process's environment, in which a module is found wherever the caller stands.

    Who imports Airflow makes it write a configuration file, which belongs beside the benchmarks' other data.
    """
    paths = os.pathsep.join([str(ROOT / "plugins"), str(ROOT)])
    return {"AIRFLOW_HOME": str(ROOT / ".demo" / "bench" / "airflow_home"), **os.environ, "PYTHONPATH": paths}


def last_line(module: str, *arguments: str, within: Mapping[str, str] | None = None) -> str:
    """Run a module to its end and return the last line it prints, or nothing; ``within`` is its environment.

    :raises RuntimeError: it failed, with what it said
    """
    words = command(module, *arguments)
    chosen = environment() if within is None else dict(within)
    done = subprocess.run(words, env=chosen, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr}")
    return done.stdout.rstrip().rpartition("\n")[2]
