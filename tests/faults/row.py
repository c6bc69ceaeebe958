"""One row of the table: what goes wrong, and how the play is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.faults.judgement import Outcome, judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.scene import Scene


@dataclass(frozen=True, slots=True)
class Row:
    """A fault and its play; ``play`` returns how many duplicates the table allows it (None: none).

    ``is_alone``: it harms what other plays use.  ``is_ordered``: order in chats and the summary's last place are held.
    """

    fault: str
    play: Callable[[Scene], int | None]
    is_alone: bool = False
    is_ordered: bool = True


def play(row: Row, scene: Scene) -> Outcome:
    """Play a row and hold its outcome against what is expected; AssertionError says what is wrong."""
    allowed = row.play(scene) or 0
    outcome = judge(scene)
    assert outcome.lost == 0, outcome
    assert outcome.duplicates <= allowed, (outcome, allowed)
    assert outcome.unrecorded == 0, outcome
    assert outcome.unmarked == 0, outcome
    assert outcome.disordered == 0 or not row.is_ordered, outcome
    assert outcome.over_limits == 0, outcome
    assert outcome.leaks == 0, outcome
    assert not {"stored", "sending"} & set(outcome.states), outcome
    return outcome
