"""What does parsing the DAG folder cost beside parsing one empty DAG?"""

from __future__ import annotations

import json
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.fresh_process import last_line
from benchmarks.measurement import Answer, Limit, Row, Sample, in_turns, milliseconds
from local import airflow_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.measurement import Options

DAGS = airflow_environment.ROOT / "dags"
EMPTY_DAG = 'from airflow.sdk import DAG\n\ndag = DAG("empty", schedule=None)\n'
RUNS = 7
FORKS = 15
REMARK = (
    "“In the dag-processor” is the part that repeats every 30 s: Airflow and what the file imports of it are in"
    " memory already, a fork reads the file. What is left there is the import of what is not Airflow's own,"
    " this package, anew in each fork."
)


def measure(options: Options) -> Answer:
    """Measure both in turns, in fresh processes and in forks."""
    with tempfile.TemporaryDirectory() as directory:
        return compare(Path(directory), options.times(RUNS), options.times(FORKS))


def compare(directory: Path, runs: int, forks: int) -> Answer:
    """Measure the DAG folder beside one with an empty DAG, with Airflow's files in ``directory``."""
    empty = directory / "empty_dags"
    empty.mkdir()
    (empty / "empty.py").write_text(EMPTY_DAG, encoding="utf-8")
    environment = airflow_environment.build(directory, f"sqlite:///{directory}/none.db", 8080)
    folders = {"ours": DAGS, "empty": empty}
    fresh = {name: partial(milliseconds, partial(_run, folder, environment)) for name, folder in folders.items()}
    in_turns(fresh, 1, "ms")  # compiles what is not compiled yet
    samples = in_turns(fresh, runs, "ms")
    forked = {name: _forked(folder, environment, forks) for name, folder in folders.items()}
    return Answer(
        [
            Row(
                "parsing the DAG folder, a fresh process",
                samples["ours"],
                "one empty DAG",
                samples["empty"],
                Limit(1.3, of_ratio=True),
            ),
            Row("parsing the DAG folder in the dag-processor", forked["ours"], "one empty DAG", forked["empty"]),
        ],
        [REMARK],
    )


def _run(folder: Path, environment: Mapping[str, str], *more: str) -> str:
    return last_line("benchmarks.parse_folder", str(folder), *more, within=environment)


def _forked(folder: Path, environment: Mapping[str, str], forks: int) -> Sample:
    return Sample(tuple(json.loads(_run(folder, environment, "--forked", str(forks)))), "ms")
