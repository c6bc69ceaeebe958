"""How near does a delivery come to what Telegram's limits allow, and how near do the stock ways?"""

from __future__ import annotations

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.delivery_contender import destination
from benchmarks.delivery_outcome import Outcome, judge
from benchmarks.delivery_scenarios import SCENARIOS, Planned, Scenario, shared_out
from benchmarks.fresh_process import command, environment
from benchmarks.ledgers import ledgers
from benchmarks.measurement import Answer, Limit, Row, Sample
from benchmarks.stand_in import stand_in
from benchmarks.table import markdown
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.settings import Limits
from sancrm_notifications.text.message import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from benchmarks.ledgers import Ledgers
    from benchmarks.measurement import Options

RUNS = 1
# Who needs longer than so many times the bound is stopped, though nobody before the time it takes to get going.
PATIENCE = 3
LEAST_PATIENCE_SECONDS = 30
MOST_REFUSED = 0.01
HEADINGS = (
    "what",
    "who",
    "at least",
    "measured",
    "ratio",
    "messages",
    "requests",
    "429s",
    "429s, share",
    "missing",
    "twice",
)


@dataclass(frozen=True, slots=True)
class Contender:
    """Who sends: a way of ``delivery_contender``, in how many processes, on how many batches between them."""

    name: str
    what: str
    way: str = "ours"
    processes: int = 1
    batches: int = 1

    @property
    def is_ours(self) -> bool:
        """Whether the promises are about this one."""
        return self.way == "ours"


CONTENDERS = (
    Contender("ours", "this package"),
    Contender("same_batch", "this package, 4 processes, one batch", processes=4),
    Contender("four_batches", "this package, 4 processes, 4 batches", processes=4, batches=4),
    Contender("rate_limiter", "python-telegram-bot's AIORateLimiter", "rate_limiter"),
    Contender("operator", "the provider's TelegramOperator", "operator"),
)

Outcomes = dict[tuple[Scenario, Contender], list[Outcome]]


def measure(options: Options) -> Answer:
    """Measure every scenario with every contender, or those that the command line names, at Telegram's true speed.

    :raises ValueError: the command line names something else
    """
    scenarios, contenders = chosen(options.only)
    if options.quick:
        scenarios = [scenario for scenario in scenarios if not scenario.is_gentle]
    with ledgers(options.cache) as filled:
        return compare(filled, scenarios, contenders, runs=options.times(RUNS))


def chosen(only: Sequence[str]) -> tuple[list[Scenario], list[Contender]]:
    """Return the scenarios and contenders that are named; of a kind that no name is of, all.

    :raises ValueError: a name is of neither
    """
    known = {one.name for one in (*SCENARIOS, *CONTENDERS)}
    if unknown := sorted(set(only) - known):
        raise ValueError(f"--only {', '.join(unknown)}: there is no such scenario or contender, only {sorted(known)}")
    scenarios = [scenario for scenario in SCENARIOS if scenario.name in only]
    contenders = [contender for contender in CONTENDERS if contender.name in only]
    return scenarios or list(SCENARIOS), contenders or list(CONTENDERS)


def compare(
    filled: Ledgers, scenarios: Iterable[Scenario], contenders: Sequence[Contender], *, runs: int, scale: float = 1.0
) -> Answer:
    """Measure; the clock of the stand-in, and of the limits kept against it, is ``scale`` times Telegram's."""
    outcomes: Outcomes = {}
    for scenario in scenarios:
        for _ in range(runs):
            for contender, outcome in _all_at(filled, scenario, contenders, scale):
                outcomes.setdefault((scenario, contender), []).append(outcome)
                print(_progress(scenario, contender, outcome, scale), flush=True)
    return Answer([*_speed_rows(outcomes, scale), *_promise_rows(outcomes)], [_everything(outcomes, scale)])


def limits(scale: float) -> Limits:
    """Return the limits kept by default, in the scaled time."""
    usual = Limits()
    return Limits(
        chat_gap_seconds=usual.chat_gap_seconds * scale,
        group_messages=usual.group_messages,
        group_window_seconds=usual.group_window_seconds * scale,
        bot_messages=usual.bot_messages,
        bot_window_seconds=usual.bot_window_seconds * scale,
    )


def _all_at(
    filled: Ledgers, scenario: Scenario, contenders: Sequence[Contender], scale: float
) -> Iterator[tuple[Contender, Outcome]]:
    """Run all contenders, side by side where that disturbs none, each against a stand-in of its own."""
    work = [_Work(scenario, contender, _stored(filled, scenario, contender), scale) for contender in contenders]
    with ThreadPoolExecutor(len(work) if scenario.is_gentle else 1) as threads:
        yield from zip(contenders, threads.map(_Work.outcome, work), strict=True)


def _stored(filled: Ledgers, scenario: Scenario, contender: Contender) -> str:
    """Return the connection string of a ledger with the contender's batches; empty for those who have none."""
    if not contender.is_ours:
        return ""
    conninfo = filled.empty(f"speed_{contender.name}")
    for number, share in enumerate(shared_out(scenario.messages(), contender.batches)):
        batch = Batch("benchmark", str(number), _batch(number), timedelta(days=1))
        store(conninfo, batch, map(_message, share))
    return conninfo


def _batch(number: int) -> str:
    return f"benchmark/{number}"


def _message(planned: Planned) -> Message:
    return Message(
        subject=f"message:{planned.number}",
        destination=destination(planned.chat_id),
        label=str(planned.number),
        html=planned.html,
        closes_batch=planned.is_summary,
    )


@dataclass(frozen=True, slots=True)
class _Work:
    """One contender at one scenario."""

    scenario: Scenario
    contender: Contender
    conninfo: str
    scale: float

    def outcome(self) -> Outcome:
        """Send everything, or as much as the patience allows, and judge what arrived."""
        with stand_in(self.scenario.chat_ids, limits=True) as telegram:
            # No tolerance: what comes a moment early is refused.
            telegram.set_rates(time_scale=self.scale, jitter_seconds=0.0)
            with _ready(self.contender.way, self._tasks(telegram.base_url)) as processes:
                began_at = time.time()
                is_stopped = not _finished(processes, _patience_seconds(self.scenario, self.scale))
            return judge(self.scenario.messages(), telegram.requests(), began_at, is_stopped=is_stopped)

    def _tasks(self, base_url: str) -> list[dict[str, Any]]:
        tasks: list[dict[str, Any]] = []
        for number in range(self.contender.processes):
            task = {"base_url": base_url}
            if self.contender.is_ours:
                batch = _batch(number % self.contender.batches)
                kept = limits(self.scale).model_dump()
                tasks.append({**task, "conninfo": self.conninfo, "batch": batch, "limits": kept})
            else:
                tasks.append({**task, "messages": [message.to_json() for message in self.scenario.messages()]})
        return tasks


@contextmanager
def _ready(way: str, tasks: Iterable[dict[str, Any]]) -> Iterator[list[subprocess.Popen[str]]]:
    """Start the processes, begin when all are ready, and kill those that are left in the end."""
    words = command("benchmarks.delivery_contender", way)
    processes: list[subprocess.Popen[str]] = []
    try:
        for task in tasks:
            process = subprocess.Popen(
                words, env=environment(), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            processes.append(process)
            _tell(process, json.dumps(task))
        for process in processes:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise RuntimeError(f"a process of {way} could not begin; its words are above")
        for process in processes:
            _tell(process, "go")
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _tell(process: subprocess.Popen[str], line: str) -> None:
    if process.stdin is not None:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()


def _finished(processes: Iterable[subprocess.Popen[str]], seconds: float) -> bool:
    """Wait for all processes; return whether they ended in time.

    :raises RuntimeError: one of them failed
    """
    until = time.monotonic() + seconds
    for process in processes:
        try:
            failed = process.wait(max(until - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            return False
        if failed:
            raise RuntimeError("a sending process failed; its words are above")
    return True


def _patience_seconds(scenario: Scenario, scale: float) -> float:
    return max(PATIENCE * scenario.bound_seconds * scale, LEAST_PATIENCE_SECONDS)


def _speed_rows(outcomes: Outcomes, scale: float) -> list[Row]:
    return [
        Row(
            f"{scenario.what}, {contender.what}",
            Sample(tuple(one.seconds for one in found), "s"),
            "Telegram's limits alone",
            Sample((scenario.bound_seconds * scale,), "s"),
            Limit(scenario.at_most, of_ratio=True) if contender.is_ours else None,
        )
        for (scenario, contender), found in outcomes.items()
        if not _is_hopeless(found)
    ]


def _promise_rows(outcomes: Outcomes) -> list[Row]:
    """Return what is promised of each delivery of ours, the worst one counting."""
    ours = [one for (_, contender), found in outcomes.items() if contender.is_ours for one in found]
    if not ours:
        return []
    refused = Sample((max(one.refused_share for one in ours) * 100,), "%")
    wrong = Sample((float(sum(one.missing + one.repeated for one in ours)),), "messages")
    return [
        Row("this package, 429s of all requests, the most", refused, limit=Limit(MOST_REFUSED * 100)),
        Row("this package, missing or sent twice", wrong, limit=Limit(0)),
    ]


def _everything(outcomes: Mapping[tuple[Scenario, Contender], Sequence[Outcome]], scale: float) -> str:
    """Return all that was found out, as a table; of several runs the last."""
    cells = [_cells(scenario, contender, found[-1], scale) for (scenario, contender), found in outcomes.items()]
    return f"\nWhat arrived, as the stand-in saw it:\n\n{markdown([HEADINGS, *cells], words=(0, 1))}\n"


def _cells(scenario: Scenario, contender: Contender, outcome: Outcome, scale: float) -> tuple[str, ...]:
    bound = scenario.bound_seconds * scale
    patience = _patience_seconds(scenario, scale)
    stopped = outcome.is_stopped
    return (
        scenario.what,
        contender.what,
        f"{bound:g} s",
        f"> {patience:g} s" if stopped else f"{outcome.seconds:.2f} s",
        f"> {patience / bound:.2g}" if stopped else f"{outcome.seconds / bound:.3f}",
        str(outcome.messages),
        str(outcome.requests),
        str(outcome.refused),
        f"{outcome.refused_share:.1%}",
        str(outcome.missing),
        str(outcome.repeated),
    )


def _progress(scenario: Scenario, contender: Contender, outcome: Outcome, scale: float) -> str:
    return ", ".join(
        f"{heading}: {cell}"
        for heading, cell in zip(HEADINGS, _cells(scenario, contender, outcome, scale), strict=True)
    )


def _is_hopeless(found: Iterable[Outcome]) -> bool:
    return any(one.is_stopped for one in found)
