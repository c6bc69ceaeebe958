"""Filters in an address: days, limits, and what cannot be read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sancrm_notifications.ledger.log import Place
from sancrm_notifications.pages.filters import MOST_DAYS, NAMES, read, written

TODAY = date(2026, 11, 25)
ZONE = "Europe/Moscow"


def days(**values: str) -> tuple[str, str]:
    found = read({name.rstrip("_"): value for name, value in values.items()}, TODAY, ZONE)
    return str(found.first_on), str(found.last_on)


def test_the_usual_span_is_a_month_and_the_longest_a_quarter():
    assert days() == ("2026-10-26", "2026-11-25")
    assert days(day="2026-11-12") == ("2026-11-12", "2026-11-12")
    assert days(from_="2026-11-20") == ("2026-11-20", "2026-11-25")
    assert days(from_="2026-08-01") == ("2026-08-01", "2026-08-31")
    assert days(to="2026-08-31") == ("2026-08-01", "2026-08-31")
    assert days(from_="2026-01-01", to="2026-11-25") == ("2026-08-26", "2026-11-25")
    assert days(from_="2026-11-25", to="2026-11-20") == ("2026-11-20", "2026-11-25")


def test_a_day_begins_at_local_midnight():
    wanted = read({"day": "2026-11-12"}, TODAY, ZONE).wanted
    assert wanted.from_at.astimezone(UTC) == datetime(2026, 11, 11, 21, tzinfo=UTC)
    assert wanted.until_at - wanted.from_at == timedelta(days=1)


def test_no_character_on_the_screen_is_cut_in_two():
    family = "👩\u200d👩\u200d👧"
    found = read({"state": "х" * 38 + family, "key": "к" * 298 + family}, TODAY, ZONE)
    assert found.values["key"] == "к" * 298
    assert found.problems == ["Фильтр «state» не понят и не применён: " + "х" * 38]


@given(st.dictionaries(st.sampled_from([*NAMES, "after"]), st.text(max_size=400)))
def test_whatever_stands_in_an_address_gives_a_span_that_can_be_shown(values: dict[str, str]):
    found = read(values, TODAY, ZONE)
    assert found.first_on <= found.last_on
    assert found.is_whole_time or found.last_on - found.first_on < timedelta(days=MOST_DAYS)
    assert found.wanted.from_at < found.wanted.until_at
    # What is read once is read the same again.
    assert read(found.values, TODAY, ZONE).values == found.values


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2999, 1, 1)), st.integers(0, 2**63 - 1))  # noqa: DTZ001
def test_a_place_survives_an_address(at: datetime, number: int):
    place = Place(at.replace(tzinfo=UTC), number)
    assert read({"after": written(place)}, TODAY, ZONE).after == place
