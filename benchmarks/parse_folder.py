"""Parse a DAG folder as ``python -m benchmarks.parse_folder FOLDER``; fails unless there are DAGs and no errors.

With ``--forked TIMES`` it does so as the dag-processor does, which has Airflow in memory already, imports what
the file imports of Airflow and forks: its last line has the milliseconds of each fork, as JSON.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import os
import time
from pathlib import Path


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--forked", type=int, default=0, metavar="TIMES")
    options = parser.parse_args()
    if options.forked:
        _prepare(options.folder)
        print(json.dumps([_forked_milliseconds(options.folder) for _ in range(options.forked)]))
    else:
        parse(options.folder)


def parse(folder: Path) -> None:
    """Read all DAGs of a folder; raise ValueError when one cannot be read or there is none."""
    from airflow.dag_processing.dagbag import DagBag  # noqa: PLC0415 - importing it is part of what is measured

    bag = DagBag(str(folder))
    if bag.import_errors or not bag.dags:
        raise ValueError(f"{folder}: {len(bag.dags)} DAGs, errors: {bag.import_errors}")


def _prepare(folder: Path) -> None:
    """Import what the dag-processor has imported before it forks."""
    from airflow.utils.file import iter_airflow_imports  # noqa: PLC0415

    importlib.import_module("airflow.dag_processing.processor")
    for file in folder.glob("*.py"):
        for module in iter_airflow_imports(str(file)):
            importlib.import_module(module)
    # As it does: else a collection of its garbage, which copies all its memory, falls into some of the forks.
    gc.freeze()


def _forked_milliseconds(folder: Path) -> float:
    """Parse in a fork of this process and return how long that took."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        began = time.perf_counter()
        parse(folder)
        os.write(writing, f"{(time.perf_counter() - began) * 1000}".encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        milliseconds = answer.read()
    os.waitpid(child, 0)
    return float(milliseconds)


if __name__ == "__main__":
    main()
