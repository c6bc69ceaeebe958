"""Which branch is meant by what a person typed, and whether it has a report."""

from __future__ import annotations

from typing import Any

import pytest

from sancrm_notifications.notifications.profitability.rules import find_branch, has_report
from tests.notifications.profitability.query_rows import branch_row


def branch(branch_id: int, name: str, code_prefix: str | None) -> dict[str, Any]:
    """Return a row of ``branches.sql``."""
    return {"branch_id": branch_id, "name": name, "code_prefix": code_prefix}


BRANCHES = [branch(7, "Центр", "C"), branch(8, "Северный рынок", "N"), branch(9, "Юг", None), branch(80, "Южный", "YU")]


class TestFindBranch:
    """Which branch is meant by what a person typed."""

    @pytest.mark.parametrize("wanted", ["8", "N", "n", "Северный рынок", "СЕВЕРНЫЙ РЫНОК", " Северный  рынок ", "сев"])
    def test_id_prefix_name_and_a_beginning_that_no_other_has_mean_the_branch(self, wanted: str) -> None:
        assert find_branch(wanted, BRANCHES) == 8

    def test_the_whole_goes_before_a_beginning(self) -> None:
        assert find_branch("Юг", [*BRANCHES, branch(10, "Юго-Запад", "YZ")]) == 9

    def test_an_id_goes_before_a_prefix_and_a_prefix_before_a_name(self) -> None:
        branches = [branch(7, "A", "8"), branch(8, "Север", "A")]
        assert find_branch("8", branches) == 8
        assert find_branch("A", branches) == 8

    def test_blanks_around_a_name_in_the_crm_do_no_harm(self) -> None:
        assert find_branch("север", [branch(8, " Север\N{NO-BREAK SPACE}\n", None)]) == 8

    def test_a_name_that_two_have_is_refused_but_their_prefixes_are_not(self) -> None:
        branches = [branch(7, "Центр", "A"), branch(8, "Центр", "B"), branch(9, "Юг", "C")]
        with pytest.raises(LookupError, match=r"«центр»: подходит не один филиал.* 7 \(Центр\), 8 \(Центр\)\. "):
            find_branch("центр", branches)
        assert find_branch("b", branches) == 8

    def test_a_beginning_that_several_have_is_refused_with_these(self) -> None:
        with pytest.raises(LookupError, match=r"подходит не один филиал\. Можно выбрать: 9 \(Юг\), 80 \(Южный\)\. "):
            find_branch("ю", BRANCHES)

    @pytest.mark.parametrize("wanted", ["Запад", "70", "None", "рынок"])
    def test_an_unknown_branch_is_refused_with_those_that_are_known(self, wanted: str) -> None:
        known = r"7 \(Центр\), 8 \(Северный рынок\), 9 \(Юг\), 80 \(Южный\)\. "
        with pytest.raises(LookupError, match=rf"«{wanted}»: такого филиала нет\. Можно выбрать: {known}"):
            find_branch(wanted, BRANCHES)

    def test_the_beginning_of_a_number_is_no_branch(self) -> None:
        assert find_branch("8", BRANCHES) == 8
        with pytest.raises(LookupError, match="такого филиала нет"):
            find_branch("8", [branch(80, "Южный", "YU")])


def test_a_branch_without_figures_in_this_period_has_no_report() -> None:
    rows = [branch_row(7, "Центр"), branch_row(10, "Запад", "week_before")]
    assert has_report(7, rows)
    assert not has_report(10, rows)
