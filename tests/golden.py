"""The golden files' option: ``pytest tests --update-golden`` writes them anew, to be read and committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden messages anew")


class Golden:
    """Holds texts against the files they were reviewed in."""

    def __init__(self, folder: Path, *, is_updated: bool) -> None:
        self.folder = folder
        self.is_updated = is_updated

    def check(self, file_name: str, text: str) -> None:
        """Compare the text with its file, or write the file when that was asked for."""
        path = self.folder / file_name
        if self.is_updated:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        assert path.exists(), f"no golden file {file_name}: run with --update-golden, read it, commit it"
        assert text + "\n" == path.read_text(encoding="utf-8")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """The golden files beside the test's own; written anew under ``--update-golden``."""
    return Golden(
        request.path.parent / "golden", is_updated=bool(request.config.getoption("--update-golden", default=False))
    )
