"""From when on rows are looked at: a day, a moment with its zone, or one sentence."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import datetime, timedelta

import pytest

from sancrm_notifications.checks.__main__ import main as checks
from sancrm_notifications.contract.__main__ import main as contract
from sancrm_notifications.contract.since import since

FUTURE = "is in the future, so no row would be looked at: write a day that has passed"
TOMORROW = f"{datetime.now().astimezone() + timedelta(days=1):%Y-%m-%d}"
REFUSED = {
    "0001-01-01": "is before 1990, where the contract begins: leave --since out to look at every row",
    "1989-12-31": "is before 1990, where the contract begins: leave --since out to look at every row",
    "0001-01-01T00:00+14:00": "is before 1990, where the contract begins: leave --since out to look at every row",
    "9999-12-31": FUTURE,
    "9999-12-31T23:59-14:00": FUTURE,
    TOMORROW: FUTURE,
    "2026-11-31": "is no day and no moment: write YYYY-MM-DD or YYYY-MM-DDTHH:MM+ZZ:ZZ",
    "infinity": "is no day and no moment: write YYYY-MM-DD or YYYY-MM-DDTHH:MM+ZZ:ZZ",
    "": "is no day and no moment: write YYYY-MM-DD or YYYY-MM-DDTHH:MM+ZZ:ZZ",
}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2025-06-01T10:00+03:00", "2025-06-01T07:00+00:00"),
        ("2025-06-01 04:00:00+03", "2025-06-01T01:00+00:00"),
        ("2025-06-01", f"{datetime(2025, 6, 1).astimezone():%Y-%m-%dT%H:%M:%S%z}"),
        ("1990-01-01", f"{datetime(1990, 1, 1).astimezone():%Y-%m-%dT%H:%M:%S%z}"),
    ],
)
def test_a_moment_is_meant_in_its_own_zone(text: str, meant: str) -> None:
    assert since(text) == datetime.fromisoformat(meant)


@pytest.mark.parametrize("text", REFUSED)
def test_what_would_look_at_every_row_or_at_none_is_one_sentence(text: str) -> None:
    with pytest.raises(ArgumentTypeError) as refused:
        since(text)
    assert str(refused.value) == f"{text!r} {REFUSED[text]}"


@pytest.mark.parametrize("command", [["checks"], ["contract", "dbname=nowhere"]], ids=lambda command: command[0])
def test_both_commands_end_with_that_sentence(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    name, *rest = command
    with pytest.raises(SystemExit) as ended:
        {"checks": checks, "contract": contract}[name]([*rest, "--since", "0001-01-01"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(f"error: argument --since: '0001-01-01' {REFUSED['0001-01-01']}\n")
