"""The whole product on one machine: `python -m local.demo` starts it, runs every DAG and stays up until Ctrl-C.

With `--once` it stops after the runs: exit status 0 when all of them succeeded and messages arrived.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, NoReturn

from local.arrived import arrived_messages
from local.demo_client import ask_the_bot, switch_on, the_client
from local.demo_error import DemoError
from local.demo_services import Services
from local.only_one import only_one
from local.progress import Progress
from local.reports import DAG_IDS, run_reports
from local.secret_files import keep_private
from sancrm_notifications.airflow.rest import AirflowError

if TYPE_CHECKING:
    from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_SECONDS = 0.5


def main() -> int:
    """Run the demo; return its exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--once", action="store_true", help="stop after the notifications have been sent")
    once = parser.parse_args().once
    for which in STOP_SIGNALS:
        signal.signal(which, _interrupt)
    keep_private()
    progress = Progress()
    try:
        with ExitStack() as cleanup:
            _run(progress, cleanup, once=once)
    except (AirflowError, DemoError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        progress.say("everything is stopped; `make demo` goes on with the same data")
        return 130 if once else 0
    return 0


def _run(progress: Progress, cleanup: ExitStack, *, once: bool) -> None:
    services = Services(progress)
    cleanup.enter_context(only_one(services.directory / "lock"))
    services.check()
    cleanup.callback(_stop, services, progress)
    services.start()
    if not services.telegram.is_real:
        switch_on(services)
    run_reports(services.api(), DAG_IDS, services.started_at, progress, services.require_alive)
    if not services.telegram.is_real:
        progress.say(f"a client asked and was answered: {ask_the_bot(services, progress)}")
    progress.say(f"{arrived_messages(services.ledger, services.started_at)} messages are in the chats")
    if once:
        return
    services.live(None if services.telegram.is_real else the_client(services).customer_id)
    print(_where_to_look(services), flush=True)
    while True:
        services.require_alive()
        time.sleep(LOOK_SECONDS)


def _where_to_look(services: Services) -> str:
    chats = f"chat {services.telegram.chat_id} in Telegram" if services.telegram.is_real else services.chat_url
    return (
        "\nThe notifications have been sent. Where to look:\n"
        f"  the chats    {chats}\n"
        f"  Airflow      {services.airflow_url}  user {services.user}, password {services.password}\n"
        f"  the logs     {services.logs}\n"
        "Ctrl-C stops everything; `make demo` goes on with the same data, `make demo-reset` forgets it.\n"
    )


def _stop(services: Services, progress: Progress) -> None:
    """Stop everything; further signals do not interrupt that."""
    for which in STOP_SIGNALS:
        signal.signal(which, signal.SIG_IGN)
    with progress.step("stopping everything that was started"):
        services.stop()


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """Leave whatever is going on, in the way of Ctrl-C."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
