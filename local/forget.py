"""Remove the demo's data: `python -m local.forget`, also after a demo that was killed."""

from __future__ import annotations

import shutil
import sys

from local import in_demo, postgres
from local.demo_error import DemoError
from local.only_one import only_one
from local.processes import Processes


def main() -> int:
    """Stop what a killed demo left behind and remove the directory; return 1 while a demo is up."""
    directory = in_demo.directory()
    if not directory.exists():
        return 0
    try:
        with only_one(directory / "lock"):
            Processes(directory, directory / "logs").stop_leftovers()
            if (directory / "postgres" / "postmaster.pid").exists():
                postgres.start(directory / "postgres").stop()
            shutil.rmtree(directory)
    except DemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"removed {directory}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
