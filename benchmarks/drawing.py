"""Draws one picture in a process of its own, as a delivery does, and prints what it cost as one line of JSON."""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from pathlib import Path

# What a delivery has loaded anyway.
from sancrm_notifications.channels.telegram import hook  # noqa: F401
from sancrm_notifications.delivery import batch  # noqa: F401
from sancrm_notifications.pictures.arrangement import arranged
from sancrm_notifications.pictures.chart import Chart, Panel
from sancrm_notifications.pictures.png import png
from sancrm_notifications.schedule.periods import Kind

KILOBYTES = 1024
DAYS = (12_600_00, 9_100_00, 15_300_00, 11_000_00, 18_200_00, 7_400_00, -3_200_00)


def chart(branches: int) -> Chart:
    """Return a week of so many branches."""
    panels = tuple(
        Panel(f"Филиал {number}", tuple(day * (number % 7 + 1) for day in DAYS), (False,) * len(DAYS), DAYS)
        for number in range(branches)
    )
    whole = tuple(sum(panel.profit_kopecks[day] or 0 for panel in panels) for day in range(len(DAYS)))
    return Chart(Kind.WEEKLY, date(2026, 11, 16), Panel("Вся сеть", whole, (False,) * len(DAYS), whole), panels)


def main() -> None:
    """Draw twice: the first drawing loads matplotlib."""
    week = chart(int(sys.argv[1]))
    resting = _megabytes()
    first, size = _drawn(week)
    again, _ = _drawn(week)
    cost = {"first_ms": first, "again_ms": again, "kilobytes": size, "grown_mb": _megabytes() - resting}
    print(json.dumps({**cost, "resting_mb": resting}))


def _drawn(week: Chart) -> tuple[float, float]:
    began = time.perf_counter()
    size = len(png(arranged(week))) / KILOBYTES
    return (time.perf_counter() - began) * 1000, size


def _megabytes() -> float:
    """Return the most memory this process has held; what its parent held before it began does not count."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return float(status.split("VmHWM:")[1].split()[0]) / KILOBYTES


if __name__ == "__main__":
    main()
