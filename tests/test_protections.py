"""The list of protections fits the code: each stands where the list says, once, and each names tests that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.table import ROWS
from tests.mutations import MUTATIONS, row
from tests.protections import ROOT, LostError, mutated

if TYPE_CHECKING:
    from tests.mutation import Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[one.protection for one in MUTATIONS])
def test_every_protection_can_still_be_removed(mutation: Mutation) -> None:
    text = (ROOT / mutation.file).read_text(encoding="utf-8")
    assert mutated(mutation, text) != text


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[one.protection for one in MUTATIONS])
def test_every_protection_names_tests_that_exist(mutation: Mutation) -> None:
    rows = {row(one.play.__name__) for one in ROWS}
    for test in mutation.tests:
        file, *names = test.split("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        known = [f"def {name}(" in text or f"class {name}:" in text for name in names]
        assert test in rows or all(known), test


def test_a_protection_that_has_moved_is_named() -> None:
    with pytest.raises(LostError, match="the note before sending"):
        mutated(MUTATIONS[0], "nothing of the kind")
