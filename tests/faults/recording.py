"""Record ``kill -9`` in the middle of 50 messages, and the chat's end: ``python -m tests.faults.recording``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faults.__main__ import databases_of_a_command
from tests.faults.judgement import REPEAT, judge
from tests.faults.pace import SCALED, TRUE
from tests.faults.scene import STAFF, played, report

if TYPE_CHECKING:
    from tests.faults.scene import Scene

MESSAGES = 50
MIDDLE = 25
# Nobody can hit a moment by hand: Telegram has accepted the message and takes its time to say so.
SLOW_ANSWER: dict[str, Any] = {
    "when": "after",
    "method": "sendMessage",
    "text": f"№{MIDDLE:04}.",
    "seconds": 60,
    "times": 1,
}


def main() -> int:
    """Run the command line; return 1 when anything was lost, or repeated without saying so."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.recording", description=__doc__)
    parser.add_argument("--scaled", action="store_true", help="with scaled time")
    pace = SCALED if parser.parse_args().scaled else TRUE
    with (
        databases_of_a_command() as databases,
        tempfile.TemporaryDirectory() as directory,
        played(databases, pace, 1, Path(directory)) as scene,
    ):
        return _recorded(scene)


def _recorded(scene: Scene) -> int:
    began_at = time.time()

    def say(words: str, moment: float | None = None) -> None:
        seconds = (moment or time.time()) - began_at
        print(f"{int(seconds // 60):02}:{seconds % 60:04.1f}  {words}", flush=True)

    scene.store(*(report(number, "reports") for number in range(1, MESSAGES + 1)))
    scene.stand_in.plan_fault("slow", **SLOW_ANSWER)
    first = scene.start(run_id="first try")
    say(f"a process begins to deliver {MESSAGES} messages to one group")
    scene.until_accepted(MIDDLE)
    say(f"Telegram has accepted message {MIDDLE} and not answered yet; the ledger: {_counts(scene)}")
    first.kill()
    say("kill -9")
    told = scene.finish(run_id="second try")
    say(f"the second try, begun at once, has ended: {told}")
    print("\nWhat the group holds:\n")
    for place, message in enumerate(scene.stand_in.messages(STAFF), start=1):
        words = message["text"].replace("\n", " ")
        say(f"{place:2}  {words.partition(' Клиент')[0]}", message["accepted_at"])
    outcome = judge(scene)
    print(
        f"\nStored {outcome.messages}, "
        f"in the chat {outcome.accepted}: lost {outcome.lost}, twice {outcome.duplicates}; "
        f"of these not recorded as possible {outcome.unrecorded}, not marked «{REPEAT[:16]}» {outcome.unmarked}; "
        f"out of order {outcome.disordered}; windows above Telegram's limits {outcome.over_limits}."
    )
    return int(bool(outcome.lost or outcome.unrecorded or outcome.unmarked))


def _counts(scene: Scene) -> str:
    states = scene.states()
    return ", ".join(f"{state} {states.count(state)}" for state in dict.fromkeys(states))


if __name__ == "__main__":
    sys.exit(main())
