"""Every row of the table of faults, with one seed and scaled time; ``make test-faults`` plays many at true speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.row import Row, play
from tests.faults.table import ROWS

if TYPE_CHECKING:
    from tests.faults.scene import Scene


@pytest.mark.parametrize("row", ROWS, ids=[row.play.__name__ for row in ROWS])
def test_nothing_is_lost_and_what_may_be_a_repeat_says_so(scene: Scene, row: Row) -> None:
    play(row, scene)
