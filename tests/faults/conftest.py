"""A scene at scaled pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.pace import SCALED
from tests.faults.scene import played

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Databases
    from tests.faults.scene import Scene

SEED = 1


@pytest.fixture
def scene(databases: Databases, tmp_path: Path) -> Iterator[Scene]:
    """Open a scene with the one seed of the quick tests."""
    with played(databases, SCALED, SEED, tmp_path) as opened:
        yield opened
