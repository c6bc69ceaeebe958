"""The list of protections fits the code: each stands where the list says, once, and each names tests that exist."""

from __future__ import annotations

import pytest

from tests.faults.table import ROWS
from tests.mutations import MUTATIONS, Mutation, row
from tests.protections import ROOT, LostError, mutated


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[one.protection for one in MUTATIONS])
def test_every_protection_can_still_be_removed(mutation: Mutation) -> None:
    text = (ROOT / mutation.file).read_text(encoding="utf-8")
    assert mutated(mutation, text) != text


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[one.protection for one in MUTATIONS])
def test_every_protection_names_tests_that_exist(mutation: Mutation) -> None:
    rows = {row(one.play.__name__) for one in ROWS}
    for test in mutation.tests:
        file, _, name = test.partition("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert test in rows or not name or f"def {name}(" in text, test


def test_a_protection_that_has_moved_is_named() -> None:
    with pytest.raises(LostError, match="the note before sending"):
        mutated(MUTATIONS[0], "nothing of the kind")
