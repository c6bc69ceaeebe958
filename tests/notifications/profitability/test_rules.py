"""Which branch is meant by what a person typed."""

from __future__ import annotations

import pytest

from sancrm_notifications.notifications.profitability.rules import find_branch
from tests.notifications.profitability.query_rows import branch_row, pseudo_row

ROWS = [
    branch_row(7, "Центр", code_prefix="C"),
    branch_row(8, "Север", code_prefix="N"),
    branch_row(9, "Юг", code_prefix=None),
    branch_row(7, "Центр", "week_before", code_prefix="C"),
]


class TestFindBranch:
    """Which branch is meant by what a person typed."""

    @pytest.mark.parametrize("asked", [None, "", "  "])
    def test_nothing_asked_is_every_branch(self, asked: str | None) -> None:
        assert find_branch(asked, ROWS) is None

    @pytest.mark.parametrize("asked", ["8", "N", "n", "Север", "север", "СЕВЕР", " Север "])
    def test_id_prefix_and_name_mean_the_branch(self, asked: str) -> None:
        assert find_branch(asked, ROWS) == 8

    def test_an_id_goes_before_a_prefix_and_a_prefix_before_a_name(self) -> None:
        rows = [branch_row(7, "A", code_prefix="8"), branch_row(8, "Север", code_prefix="A")]
        assert find_branch("8", rows) == 8
        assert find_branch("A", rows) == 8

    def test_blanks_around_a_name_in_the_crm_do_no_harm(self) -> None:
        assert find_branch("север", [branch_row(8, " Север\n")]) == 8

    def test_a_name_that_two_have_is_refused_but_their_prefixes_are_not(self) -> None:
        rows = [branch_row(7, "Центр", code_prefix="A"), branch_row(8, "Центр", code_prefix="B")]
        with pytest.raises(LookupError, match=r"'центр' .* 7 \(Центр\), 8 \(Центр\)"):
            find_branch("центр", rows)
        assert find_branch("b", rows) == 8

    @pytest.mark.parametrize("asked", ["Запад", "70", "None", "Общие расходы сети"])
    def test_an_unknown_branch_is_refused_with_those_that_are_known(self, asked: str) -> None:
        rows = [*ROWS, pseudo_row("network")]
        with pytest.raises(LookupError, match=rf"'{asked}' .* 7 \(Центр\), 8 \(Север\), 9 \(Юг\)$"):
            find_branch(asked, rows)

    def test_a_branch_without_a_report_for_this_period_is_unknown(self) -> None:
        with pytest.raises(LookupError, match="Запад"):
            find_branch("Запад", [*ROWS, branch_row(10, "Запад", "week_before")])
