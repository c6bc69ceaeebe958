"""What the table says of a measurement, and when a promise counts as kept."""

from __future__ import annotations

import pytest

from benchmarks.measurement import Limit, Row, Sample, in_turns
from benchmarks.table import table


def test_things_are_measured_in_changing_order():
    order: list[str] = []

    def work(name: str, value: float):
        def measured() -> float:
            order.append(name)
            return value

        return measured

    samples = in_turns({"a": work("a", 1.0), "b": work("b", 2.0)}, 3, "ms")

    assert order == ["a", "b", "b", "a", "a", "b"]
    assert samples == {"a": Sample((1.0, 1.0, 1.0), "ms"), "b": Sample((2.0, 2.0, 2.0), "ms")}


def test_median_and_worst_are_of_the_values_measured():
    assert Sample((3.0, 1.0, 200.0), "s").median == 3.0
    assert Sample((3.0, 1.0, 200.0), "s").worst == 200.0
    assert Sample(tuple(map(float, range(100))), "s").worst == 95.0


@pytest.mark.parametrize(
    ("limit", "is_held"),
    [
        (None, None),
        (Limit(60), True),
        (Limit(59), False),
        (Limit(1.2, of_ratio=True), True),
        (Limit(1.19, of_ratio=True), False),
    ],
)
def test_a_limit_is_held_up_to_its_number(limit, is_held):
    row = Row("query", Sample((60.0,), "ms"), "smaller", Sample((50.0,), "ms"), limit)

    assert row.is_held is is_held


def test_a_ratio_without_anything_beside_it_is_not_held():
    assert Row("query", Sample((60.0,), "ms"), limit=Limit(1.2, of_ratio=True)).is_held is False


def test_the_table_shows_medians_ratio_and_verdict():
    kept = Row("query", Sample((12.345, 12.345), "ms"), "naïve", Sample((1234.0,), "ms"), Limit(50))
    broken = Row("memory", Sample((150.0,), "MB"), "fewer", Sample((100.0,), "MB"), Limit(1.05, of_ratio=True))

    lines = table([kept, broken]).splitlines()

    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == ["what", "runs", "median", "p95", "beside", "its median", "ratio", "limit", "held"]
    assert cells[2] == ["query", "2", "12.3 ms", "12.3 ms", "naïve", "1 234 ms", "0.01", "≤ 50 ms", "yes"]
    assert cells[3] == ["memory", "1", "150 MB", "150 MB", "fewer", "100 MB", "1.50", "≤ 1.05 ×", "NO"]
    assert len({len(line) for line in lines}) == 1
