"""``python -m sancrm_notifications.bot`` listens as a plain process, in place of the DAG ``client_bot``.

To be run with Airflow's environment, as the checks. SIGTERM and SIGINT end it between two polls, within some seconds.
Another one that is started takes over from it. Exit status: 0 it was told to end or another took over, 1 it cannot
listen, and why is on the last line.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sancrm_notifications.bot.listening import Work


def main() -> int:
    """Listen until told to end; return the exit status."""
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    warnings.simplefilter("ignore")
    from sancrm_notifications.bot import wiring
    from sancrm_notifications.ledger.claiming import Run

    logging.getLogger("sancrm_notifications").setLevel(logging.INFO)
    try:
        work = wiring.work(Run("client_bot", "process", 1))
        counts = asyncio.run(listen(work))
    except Exception as error:  # noqa: BLE001, RUF100 - a command's last words
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    sys.stdout.write(f"{counts}\n")
    return 0


async def listen(work: Work) -> dict[str, int]:
    """Listen until a signal or another listener ends it; return what was handled."""
    from sancrm_notifications.bot.listening import Listening

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return dict((await Listening(work, stop).run()).counts)


if __name__ == "__main__":
    sys.exit(main())
