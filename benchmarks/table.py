"""The table of all measurements, as Markdown that can be read in a terminal too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from benchmarks.measurement import Row, Sample

HEADINGS = ("what", "runs", "median", "p95", "beside", "its median", "ratio", "limit", "held")
LEFT = (0, 4)  # columns of words; numbers stand to the right


def table(rows: Sequence[Row]) -> str:
    """Return the rows as one table."""
    return markdown([HEADINGS, *(_cells(row) for row in rows)], words=LEFT)


def markdown(cells: Sequence[Sequence[str]], *, words: Container[int]) -> str:
    """Return lines of cells, headings first, as a table; ``words`` are the columns that stand to the left."""
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    rule = ["-" * width if column in words else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    return "\n".join(_line(line, widths, words) for line in [cells[0], rule, *cells[1:]])


def _line(line: Sequence[str], widths: Sequence[int], words: Container[int]) -> str:
    padded = [
        text.ljust(width) if column in words else text.rjust(width)
        for column, (text, width) in enumerate(zip(line, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    held = "" if row.is_held is None else ("yes" if row.is_held else "NO")
    return (
        row.what,
        str(len(row.measured.values)),
        _amount(row.measured.median, row.measured.unit),
        _amount(row.measured.worst, row.measured.unit),
        row.beside,
        "" if row.base is None else _median(row.base),
        ratio,
        _limit(row),
        held,
    )


def _limit(row: Row) -> str:
    if row.limit is None:
        return ""
    return f"≤ {row.limit.at_most:g} ×" if row.limit.of_ratio else f"≤ {row.limit.at_most:g} {row.measured.unit}"


def _median(sample: Sample) -> str:
    return _amount(sample.median, sample.unit)


def _amount(value: float, unit: str) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".replace(",", " ")
