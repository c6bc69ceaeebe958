"""When clients are left in peace, also where clocks are set forward or back."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sancrm_notifications.events.quiet_hours import QuietHours

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("at", "delay_minutes"),
    [("21:59", None), ("22:00", 11 * 60), ("00:00", 9 * 60), ("08:59", 1), ("09:00", None), ("12:00", None)],
)
def test_a_night_lasts_from_ten_to_nine(at, delay_minutes):
    local = datetime.combine(datetime(2026, 11, 25).date(), time.fromisoformat(at), tzinfo=MOSCOW)  # noqa: DTZ001
    delay = QuietHours().delay(local)
    assert delay == (None if delay_minutes is None else timedelta(minutes=delay_minutes))


def test_the_same_time_twice_is_never_quiet():
    local = datetime(2026, 11, 25, 3, tzinfo=MOSCOW)
    never = QuietHours(time(9), time(9))
    assert never.delay(local) is None
    assert never.left(local) == timedelta(days=1)


@given(
    st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 5), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([QuietHours(), QuietHours(time(1), time(6)), QuietHours(time(13), time(15))]),
)
def test_after_the_delay_it_is_not_quiet_and_what_is_left_ends_where_it_begins(at, quiet):
    local = at.astimezone(BERLIN)
    delay = quiet.delay(local)
    if delay is not None:
        assert timedelta() < delay <= timedelta(hours=13)
        assert quiet.delay((at + delay).astimezone(BERLIN)) is None
    else:
        begins = (at + quiet.left(local)).astimezone(BERLIN)
        assert quiet.delay(begins) is not None
