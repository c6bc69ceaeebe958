"""What a picture shows, told by its marks: bars, lines and words, and where they stand."""

from __future__ import annotations

import json

from sancrm_notifications.pictures.arrangement import WIDTH, arranged
from sancrm_notifications.pictures.chart import Chart
from sancrm_notifications.pictures.marks import Box, Fill, Label, Line
from tests.pictures.charts import DAYS, panel, week


def words(chart: Chart) -> list[str]:
    """Return all words of a picture, with common spaces, in the order in which they are drawn."""
    return [mark.text.replace("\u00a0", " ") for mark in arranged(chart).marks if isinstance(mark, Label)]


def test_a_chart_survives_the_ledger():
    chart = week(panel("Калуга"), panel("Тула", before=(None,) * 7), corrected="24 ноября, 10:40")
    assert Chart.from_json(json.loads(json.dumps(chart.to_json()))) == chart


def test_a_week_has_its_days_and_the_week_before_as_lines():
    drawing = arranged(week(panel("Калуга")))
    boxes = [mark for mark in drawing.marks if isinstance(mark, Box)]
    assert [box.fill for box in boxes] == [Fill.SOLID] * 6 + [Fill.HATCHED]
    nothing = boxes[0].y + boxes[0].height
    assert [box.y < nothing for box in boxes] == [True] * 6 + [False]
    # The sample in the head, the line of nothing, and one for each day.
    assert sum(isinstance(mark, Line) for mark in drawing.marks) == 2 + len(DAYS)
    assert drawing.width == WIDTH
    assert words(week(panel("Калуга")))[:3] == [
        "Прибыль сети 70,2 тыс. ₽",
        "16–22 ноября 2026",
        "неделей раньше 70,2 тыс. ₽",
    ]
