"""The cases of the profitability reports that have golden files: name → period, rows, doubts, options."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sancrm_notifications.notifications.profitability.corrections import Correction
from sancrm_notifications.notifications.profitability.like_periods import Likeness
from sancrm_notifications.notifications.profitability.messages import Options
from sancrm_notifications.notifications.profitability.unusual import Measure, Unusual
from tests.notifications.profitability.query_rows import (
    FRIDAY,
    NO_DOUBTS,
    NO_FIXED_COSTS,
    NOTHING,
    NOVEMBER,
    WEEK,
    WEEK_OVER_TWO_MONTHS,
    branch_row,
    pseudo_row,
    scaled,
)

if TYPE_CHECKING:
    from sancrm_notifications.schedule.periods import Period

THEN = "week_before"
WHOLE_COSTS = {"fixed_costs_kopecks": 6_000_00}
DECEMBER_MISSING = {"months_without_fixed_costs": ["2026-12-01"]}
NO_PARTS_COST = {"parts_cost_kopecks": 0, "repairs_without_cost": 7}


@dataclass(frozen=True)
class Case:
    """What ``messages`` is called with, the day after the period unless it is written later."""

    period: Period
    rows: list[dict[str, Any]]
    doubts: dict[str, Any] = field(default_factory=lambda: NO_DOUBTS)
    given: Options = field(default_factory=Options)
    written_days_later: int = 1

    @property
    def options(self) -> Options:
        """The options, with the day on which the reports are written."""
        return replace(self.given, written_on=self.period.last_on + timedelta(days=self.written_days_later))


def _pair(then: dict[str, Any] | None = None, **now: Any) -> list[dict[str, Any]]:
    """Return two branches now and a week before; ``now`` and ``then`` change the first."""
    before = scaled(0.9) | (then or {})
    return [
        branch_row(1, "Центральный", **now),
        branch_row(2, "Северный", **scaled(0.6), fixed_costs_kopecks=4_500_00),
        branch_row(1, "Центральный", THEN, **before),
        branch_row(2, "Северный", THEN, **scaled(0.7), fixed_costs_kopecks=4_500_00),
    ]


def _months(name: str, branch_id: int, **shares: float) -> list[dict[str, Any]]:
    """Return a branch's rows of those months that it had figures in."""
    costs = {"fixed_costs_kopecks": 185_000_00}
    return [branch_row(branch_id, name, period, **scaled(share), **costs) for period, share in shares.items()]


def _forty(**costs: Any) -> list[dict[str, Any]]:
    places = (
        "Автозавод",
        "Бульвар Победы",
        "Вокзальная",
        "Гагарина",
        "Дачная",
        "Заречье",
        "Индустриальный парк",
        "Казанская",
    )
    rows = []
    for name in ("reported", THEN):
        for number in range(1, 41):
            share = (number * 37 % 23 + 4) / 10 * (1 if name == "reported" else 0.95)
            title = f"{places[number % len(places)]}, {number}"
            rows.append(branch_row(number, title, name, **(scaled(share) | costs)))
    return sorted(rows, key=lambda row: (row["period_name"], row["branch_name"]))


def _hostile() -> list[dict[str, Any]]:
    names = [
        "<b>Жирный</b> & «Ко»",
        "Кавычки \"двойные\" и 'одинарные'",
        "🔧 Ремонт 👩\u200d🔧",
        "Д" * 5000,
        "מרכז שירות",
        "Филиал на перекрёстке проспекта Ленина и Садовой",
        "Филиал на перекрёстке проспекта Ленина и Полевой",
        "\u202eпереворот",
    ]
    figures = {**scaled(1), **WHOLE_COSTS}
    return [branch_row(number, name, **figures) for number, name in enumerate(names, 1)]


def _week(period: Period, **costs: Any) -> list[dict[str, Any]]:
    rows = []
    shares = {"reported": 5.1, THEN: 4.8} | {
        day.key: share for day, share in zip(period.days, (0.8, 0.7, 1.1, 0.9, 1.0, 0.6, 0.0), strict=True)
    }
    for name, share in shares.items():
        figures = scaled(share) if share else dict.fromkeys(scaled(1), 0)
        of_branch = {"fixed_costs_kopecks": 42_000_00 if name in {"reported", THEN} else 6_000_00}
        rows.append(branch_row(1, "Центральный", name, **figures, **of_branch))
        rows.append(branch_row(2, "Северный", name, **figures, **(of_branch | _of_day(name, costs))))
    return rows


def _of_day(name: str, costs: dict[str, Any]) -> dict[str, Any]:
    """Return the costs of a week that December cuts: its days of December have none."""
    if not costs or name == THEN:
        return {}
    if name == "reported":
        return costs
    is_missing = name.startswith("2026-12")
    return {"fixed_costs_kopecks": None, **DECEMBER_MISSING} if is_missing else {}


def _unusual(
    branch_id: int | None, measure: Measure, value: int, ends: tuple[int, int], likeness: Likeness = Likeness.WEEKDAY
) -> Unusual:
    return Unusual(branch_id, measure, likeness, value, *ends, 3.0)


def _unusual_day() -> list[dict[str, Any]]:
    """Return six branches: the second booked little, the third has a price too high, the fifth many repairs."""
    own: dict[int, dict[str, Any]] = {
        2: {"repair_revenue_kopecks": 4_100_00, "rental_revenue_kopecks": 0, "repairs_count": 1, "rentals_count": 0},
        3: {"repair_revenue_kopecks": 7 * 38_450_00},
        5: {"repairs_count": 14, "repair_revenue_kopecks": 76_900_00, "parts_cost_kopecks": 23_960_00},
    }
    now = [branch_row(n, f"Тула-{n}, ул. Ленина", **(WHOLE_COSTS | own.get(n, {}))) for n in range(1, 7)]
    return now + [branch_row(n, f"Тула-{n}, ул. Ленина", THEN, **WHOLE_COSTS) for n in range(1, 7)]


def _corrected(**before: int) -> Correction:
    return Correction(before, datetime(2026, 11, 23, 10, 5, tzinfo=UTC))


def _with_losses(*losing: int, of: int, name: str = "Филиал {}") -> list[dict[str, Any]]:
    """Return so many branches, the given ones with a loss that grows with their number."""
    costs = {number: {"fixed_costs_kopecks": 50_000_00 + number * 100_00} for number in losing}
    return [
        branch_row(number, name.format(number), period_name, **(WHOLE_COSTS | costs.get(number, {})))
        for period_name in ("reported", THEN)
        for number in range(1, of + 1)
    ]


EMPTY_DAY = NOTHING | {"fixed_costs_kopecks": 6_166_67}

CASES: dict[str, Case] = {
    "usual_day": Case(FRIDAY, _pair()),
    "whole_amounts_day": Case(FRIDAY, _pair(then=WHOLE_COSTS, **WHOLE_COSTS)),
    "empty_day": Case(FRIDAY, _pair(**EMPTY_DAY)),
    "empty_day_before_fixed_costs": Case(FRIDAY, _pair(then=NO_FIXED_COSTS, **NOTHING | NO_FIXED_COSTS)),
    "no_cost_data": Case(
        FRIDAY,
        [
            branch_row(number, name, period_name, **NO_FIXED_COSTS, **NO_PARTS_COST)
            for period_name in ("reported", THEN)
            for number, name in ((1, "Центральный"), (2, "Северный"))
        ],
    ),
    "cost_unknown_for_some_repairs": Case(FRIDAY, _pair(repairs_without_cost=3, repairs_without_revenue=1)),
    "one_branch": Case(FRIDAY, [branch_row(1, "Центральный"), branch_row(1, "Центральный", THEN, **scaled(1.2))]),
    "forty_branches": Case(FRIDAY, _forty(**WHOLE_COSTS)),
    "forty_branches_with_kopecks": Case(FRIDAY, _forty(fixed_costs_kopecks=6_166_67)),
    "hostile_names": Case(FRIDAY, _hostile()),
    "negative_profit": Case(FRIDAY, _pair(parts_cost_kopecks=52_300_00, repair_revenue_kopecks=41_000_00)),
    "week_with_its_days": Case(WEEK, _week(WEEK)),
    "month_with_last_year": Case(
        NOVEMBER,
        [
            branch_row(number, name, period_name, **scaled(share * number), fixed_costs_kopecks=185_000_00)
            for period_name, share in (("reported", 22.4), ("month_before", 24.1), ("year_before", 17.9))
            for number, name in ((1, "Северный"), (2, "Центральный"))
        ],
    ),
    "rows_without_a_branch": Case(
        FRIDAY,
        [
            *_pair(then=WHOLE_COSTS, **WHOLE_COSTS),
            pseudo_row("no_branch", repairs_count=1, repair_revenue_kopecks=2_400_00, parts_cost_kopecks=650_00),
            pseudo_row("network", fixed_costs_kopecks=3_000_00),
            pseudo_row("network", THEN, fixed_costs_kopecks=3_000_00),
        ],
        NO_DOUBTS | {"unknown_branch_rows": 1},
    ),
    "branches_opened_and_closed": Case(
        NOVEMBER,
        [
            *_months("Северный", 1, reported=24.1, month_before=20.1, year_before=18.2),
            *_months("Тула", 2, reported=9.0, month_before=9.4),
            *_months("Калуга <Юг>", 3, month_before=12.0, year_before=11.5),
            *(row for number in range(4, 9) for row in _months(f"Ларёк {number}", number, year_before=3.0)),
            *_months("Северный", 9, year_before=2.0),
        ],
    ),
    "loss_that_shrank": Case(FRIDAY, _pair(then={"parts_cost_kopecks": 61_000_00}, parts_cost_kopecks=52_300_00)),
    "loss_that_grew": Case(FRIDAY, _pair(then={"parts_cost_kopecks": 41_000_00}, parts_cost_kopecks=52_300_00)),
    "costs_of_the_network_alone": Case(
        FRIDAY,
        [
            branch_row(1, "Центральный", **NO_FIXED_COSTS),
            branch_row(2, "Северный", **NO_FIXED_COSTS),
            pseudo_row("network", fixed_costs_kopecks=3_166_67),
        ],
    ),
    "orders_without_any_branch": Case(
        FRIDAY, [pseudo_row("no_branch", repairs_count=1, repair_revenue_kopecks=2_400_00, parts_cost_kopecks=650_50)]
    ),
    "whole_roubles": Case(FRIDAY, _pair(), given=Options(whole_roubles=True)),
    "partial_fixed_costs": Case(
        WEEK_OVER_TWO_MONTHS,
        _week(WEEK_OVER_TWO_MONTHS, fixed_costs_kopecks=6_000_00, **DECEMBER_MISSING),
    ),
    "one_branch_without_fixed_costs": Case(FRIDAY, _pair(then=NO_FIXED_COSTS, **NO_FIXED_COSTS)),
    "nothing_to_compare_with": Case(FRIDAY, _pair(**NO_FIXED_COSTS)[:2]),
    "doubts": Case(
        FRIDAY,
        [*_pair(rentals_without_revenue=2, repairs_without_revenue=1), pseudo_row("no_branch", rentals_count=1)],
        {
            "negative_repairs": 1,
            "negative_rentals": 2,
            "negative_fixed_costs": 5,
            "unknown_branch_rows": 3,
            "newest_movement_at": "2026-11-20T11:05:00+00:00",
        },
    ),
    "unfinished_week": Case(
        WEEK,
        _week(WEEK),
        NO_DOUBTS | {"newest_movement_at": "2026-11-20T11:00:00+00:00"},
        Options(unfinished_as_of=datetime(2026, 11, 20, 11, 5, tzinfo=UTC)),
    ),
    "no_branches": Case(FRIDAY, []),
    "unusual_day": Case(
        FRIDAY,
        _unusual_day(),
        given=Options(
            unusual=(
                _unusual(2, Measure.REVENUE, 4_100_00, (18_300_00, 31_200_00)),
                _unusual(5, Measure.REPAIRS, 14, (2, 9)),
                _unusual(3, Measure.TICKET, 38_450_00, (2_870_00, 6_120_00)),
            )
        ),
    ),
    "unusual_day_of_the_network": Case(
        FRIDAY, _pair(), given=Options(unusual=(_unusual(None, Measure.REVENUE, 73_040_00, (91_000_00, 128_000_00)),))
    ),
    "unusual_holiday": Case(
        FRIDAY,
        [branch_row(1, "Центральный"), branch_row(1, "Центральный", THEN, **scaled(1.2))],
        given=Options(
            unusual=(_unusual(1, Measure.REVENUE, 45_650_00, (3_100_00, 19_700_00), Likeness.HOLIDAY),),
        ),
    ),
    "unusual_month": Case(
        NOVEMBER,
        [
            *_months("Северный", 1, reported=24.1, month_before=20.1),
            *_months("Тула", 2, reported=4.0, month_before=9.4),
        ],
        given=Options(
            unusual=(_unusual(2, Measure.REVENUE, 182_600_00, (352_000_00, 641_000_00), Likeness.MONTH),),
        ),
    ),
    "month_with_a_few_unknown": Case(
        NOVEMBER,
        [
            row | {"repairs_without_cost": 2, "rentals_without_revenue": 1}
            for row in [
                *_months("Северный", 1, reported=24.1, month_before=20.1),
                *_months("Тула", 2, reported=3.0, month_before=9.4),
            ]
        ],
    ),
    "first_week_of_a_branch": Case(WEEK, [*_week(WEEK), branch_row(3, "Тула", **scaled(1.1))]),
    "backfilled_day": Case(FRIDAY, _pair(), written_days_later=9),
    "backfilled_week": Case(WEEK, _week(WEEK), written_days_later=8),
    "losses_of_two": Case(FRIDAY, _with_losses(2, 3, of=3, name="Тула-{}, ул. Ленина")),
    "losses_of_seven_in_forty": Case(FRIDAY, _with_losses(3, 7, 11, 19, 23, 31, 40, of=40)),
    "losses_of_all": Case(FRIDAY, _with_losses(1, 2, 3, of=3)),
    "corrected_day": Case(
        FRIDAY,
        _pair(then=WHOLE_COSTS, **WHOLE_COSTS),
        given=Options(
            corrections={
                "branch:1": _corrected(revenue_kopecks=47_500_00, profit_kopecks=-1_250_50, repairs_count=6),
                "branch:2": _corrected(fixed_costs_kopecks=5_000_00),
                "network": _corrected(revenue_kopecks=81_000_00),
            }
        ),
    ),
}
