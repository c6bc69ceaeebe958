"""Does delivering ten thousand stored messages take more memory than a hundred, and how fast is it without limits?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks.delivering import chat_id
from benchmarks.fresh_process import last_line
from benchmarks.ledgers import CHATS, batch, ledgers
from benchmarks.measurement import Answer, Limit, Row, Sample
from benchmarks.stand_in import stand_in

if TYPE_CHECKING:
    from benchmarks.ledgers import Ledgers
    from benchmarks.measurement import Options

COUNTS = (100, 1_000, 10_000)
RUNS = 3
# What the allocator's arenas and the threads' moments are off by; loading all rows first is far outside.
MEASURE_OF_NOISE = 1.05


def measure(options: Options) -> Answer:
    """Deliver to a stand-in in another process, each time from a fresh process."""
    counts = COUNTS[:-1] if options.quick else COUNTS
    with ledgers(options.cache) as filled:
        return compare(filled, counts, options.times(RUNS))


def compare(filled: Ledgers, counts: tuple[int, ...], runs: int) -> Answer:
    """Deliver each number of messages ``runs`` times, in turns."""
    delivered: dict[int, list[dict[str, Any]]] = {count: [] for count in counts}
    loaded: list[dict[str, Any]] = []
    with stand_in([chat_id(f"branch:{number}") for number in range(CHATS)], limits=False) as telegram:
        for _ in range(runs):
            for count in counts:
                telegram.clear()
                delivered[count].append(_run(filled.fresh(count), count, telegram.base_url))
            loaded.append(_run(filled.fresh(max(counts)), max(counts), telegram.base_url, "--load"))
    return Answer([*_memory_rows(delivered, loaded), *_speed_rows(delivered)])


def _run(conninfo: str, count: int, base_url: str, *more: str) -> dict[str, Any]:
    """Deliver in a fresh process; raise ValueError unless all messages are accounted for."""
    said = last_line("benchmarks.delivering", conninfo, batch(count).name, base_url, *more)
    found: dict[str, Any] = json.loads(said)
    if found["states"] not in ({"sent": count}, {"loaded": count}):
        raise ValueError(f"of {count} messages: {found['states']}")
    return found


def _memory_rows(delivered: dict[int, list[dict[str, Any]]], loaded: list[dict[str, Any]]) -> list[Row]:
    fewest, most = min(delivered), max(delivered)
    peaks = {count: _sample(found, "peak_mb") for count, found in delivered.items()}
    first = f"delivering {fewest:,} messages"
    rows = [
        Row(
            f"peak memory, delivering {count:,} messages",
            peaks[count],
            first,
            peaks[fewest],
            Limit(MEASURE_OF_NOISE, of_ratio=True) if count == most else None,
        )
        for count in delivered
        if count != fewest
    ]
    growth = Sample(tuple(one["peak_mb"] - one["resting_mb"] for one in delivered[most]), "MB")
    growth_by_loading = Sample(tuple(one["peak_mb"] - one["resting_mb"] for one in loaded), "MB")
    rows.append(
        Row(f"its growth above imports, {most:,} messages", growth, "loading the rows, sending none", growth_by_loading)
    )
    return rows


def _speed_rows(delivered: dict[int, list[dict[str, Any]]]) -> list[Row]:
    fewest = min(delivered)
    rates = {
        count: Sample(tuple(count / one["seconds"] for one in found), "messages/s")
        for count, found in delivered.items()
    }
    return [
        Row(f"delivering {count:,} messages without limits", rates[count], f"{fewest:,} messages", rates[fewest])
        for count in delivered
    ]


def _sample(found: list[dict[str, Any]], name: str) -> Sample:
    return Sample(tuple(one[name] for one in found), "MB")
