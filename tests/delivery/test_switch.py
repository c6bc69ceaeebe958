"""Whether sending is on: read again and again, and as it was while nobody can say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sancrm_notifications.delivery import switch
from sancrm_notifications.secrets_backends import SecretsBackendError
from sancrm_notifications.settings import Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch, "REMEMBERED_SECONDS", 0.0)


def reading(*found: Settings | Exception) -> Callable[[], bool]:
    """Return the switch over settings that are read one after the other."""
    readings = iter(found)

    def load() -> Settings:
        one = next(readings)
        if isinstance(one, Exception):
            raise one
        return one

    return switch.sending_switch(load)


@pytest.mark.parametrize("before", [True, False])
def test_while_a_secrets_backend_fails_sending_is_as_it_was(before: bool) -> None:
    away = SecretsBackendError("the API server answers 500")
    is_sending = reading(Settings(sending=before), away, away, Settings(sending=not before))
    assert [is_sending() for _ in range(4)] == [before, before, before, not before]


def test_what_was_never_read_is_not_guessed() -> None:
    with pytest.raises(SecretsBackendError):
        reading(SecretsBackendError("away"))()


def test_settings_that_are_wrong_stop_a_delivery_under_way() -> None:
    is_sending = reading(Settings(), SettingsError("sendin: there is no such field"))
    assert is_sending()
    with pytest.raises(SettingsError):
        is_sending()
