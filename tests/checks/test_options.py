"""What is said of options that nobody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.checks.conftest import Site

CURE = " → correct the name, then restart Airflow"


def test_options_that_are_read_are_named(site: Site) -> None:
    def words() -> list[str]:
        return [line.words for line in site.lines("configuration") if line.what == "options of [sancrm_notifications]"]

    assert words() == ["sets nothing: all defaults"]
    site.option("timezone", "Asia/Omsk")
    site.option("days_off", "2026-12-31")
    assert words() == ["sets days_off, timezone"]


SECTION = "[sancrm_notifications] of Airflow's configuration"
ENVIRONMENT = "AIRFLOW__SANCRM_NOTIFICATIONS__"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (f"{ENVIRONMENT}TIME_ZONE", f"{SECTION} has no option time_zone: did you mean timezone?"),
        (
            f"{ENVIRONMENT}MISSED_CALL_CRON",
            f"{SECTION} has no option missed_call_cron: did you mean missed_calls_cron?",
        ),
        (
            f"{ENVIRONMENT}SENDING",
            f"{SECTION} has no option sending: it is a field of the Airflow Variable sancrm_notifications",
        ),
        *(
            (name, f"the environment sets {name}, which nobody reads: did you mean {ENVIRONMENT}TIMEZONE?")
            for name in ("AIRFLOW__SANCRM_NOTIFICATION__TIMEZONE", "AIRFLOW_SANCRM_NOTIFICATIONS_TIMEZONE")
        ),
    ],
)
def test_a_name_that_nobody_reads_is_one_fault_that_says_what_was_meant(site: Site, name: str, words: str) -> None:
    site.patch.setenv(name, "Asia/Omsk")
    assert site.faults("configuration") == [f"FAIL options of [sancrm_notifications]: {words}{CURE}"]
