"""Rows as ``profitability.sql`` and ``profitability_doubts.sql`` return them, to be varied by tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from sancrm_notifications.schedule.periods import Kind, Period

FRIDAY = Period.containing(Kind.DAILY, date(2026, 11, 20), "Europe/Moscow")
WEEK = Period.containing(Kind.WEEKLY, date(2026, 11, 20), "Europe/Moscow")
WEEK_OVER_TWO_MONTHS = Period.containing(Kind.WEEKLY, date(2026, 12, 1), "Europe/Moscow")
DECEMBER = Period.containing(Kind.MONTHLY, date(2026, 12, 1), "Europe/Moscow")
NOVEMBER = Period.containing(Kind.MONTHLY, date(2026, 11, 1), "Europe/Moscow")

NO_DOUBTS: dict[str, Any] = {
    "negative_repairs": 0,
    "negative_rentals": 0,
    "negative_fixed_costs": 0,
    "unknown_branch_rows": 0,
    "newest_movement_at": "2027-01-01T00:00:00+00:00",
}
NOTHING: dict[str, Any] = {
    "repairs_count": 0,
    "rentals_count": 0,
    "repair_revenue_kopecks": 0,
    "rental_revenue_kopecks": 0,
    "parts_cost_kopecks": 0,
    "repairs_without_cost": 0,
    "repairs_without_revenue": 0,
    "rentals_without_revenue": 0,
    "fixed_costs_kopecks": None,
    "months_without_fixed_costs": [],
}
USUAL: dict[str, Any] = NOTHING | {
    "repairs_count": 7,
    "rentals_count": 3,
    "repair_revenue_kopecks": 38_450_00,
    "rental_revenue_kopecks": 7_200_00,
    "parts_cost_kopecks": 11_980_00,
    "fixed_costs_kopecks": 6_166_67,
}
NO_FIXED_COSTS: dict[str, Any] = {
    "fixed_costs_kopecks": None,
    "months_without_fixed_costs": ["2026-11-01"],
}


def branch_row(branch_id: int, name: str, period_name: str = "reported", **figures: Any) -> dict[str, Any]:
    """Return a branch's row: a usual day unless ``figures`` say otherwise."""
    identity = {"branch_id": branch_id, "branch_name": name, "code_prefix": name[:1], "is_active": True}
    return {"period_name": period_name, "subject": "branch", **identity, **USUAL, **figures}


def pseudo_row(subject: str, period_name: str = "reported", **figures: Any) -> dict[str, Any]:
    """Return a row of no branch: ``no_branch`` or ``network``, empty unless ``figures`` say otherwise."""
    identity = {"branch_id": None, "branch_name": None, "code_prefix": None, "is_active": None}
    return {"period_name": period_name, "subject": subject, **identity, **NOTHING, **figures}


def scaled(share: float, figures: dict[str, Any] = USUAL) -> dict[str, Any]:
    """Return usual figures of a busier or a calmer day, whole roubles where the usual ones are."""
    counts = {name: max(1, round(figures[name] * share)) for name in ("repairs_count", "rentals_count")}
    money = ("repair_revenue_kopecks", "rental_revenue_kopecks", "parts_cost_kopecks")
    return counts | {name: round(figures[name] * share / 100) * 100 for name in money}
