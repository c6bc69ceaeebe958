"""An address that is there and cannot be read never becomes another address; only what is absent is passed over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.configuration import clear_secrets_backends_cache
from airflow.sdk.exceptions import AirflowFailException, AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import ErrorResponse, GetConnection

from sancrm_notifications import settings
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.channels.channel import DestinationError
from sancrm_notifications.channels.telegram.address import Address, BotAddress
from sancrm_notifications.checks.places import places
from sancrm_notifications.connections import ledger_conninfo, telegram_connection
from sancrm_notifications.delivery.destinations import CHAINS, addresses
from sancrm_notifications.secrets_backends import SecretsBackendError, UnreadableError
from sancrm_notifications.settings import BranchChat, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sancrm_notifications.channels.channel import Address as AnyAddress

TOKEN = "42:TESTTESTTESTTESTTESTTEST"
STAFF = Address(BotAddress(TOKEN), "-1001")
OPTIONAL = [conn_id for conn_id in dict.fromkeys(sum(CHAINS.values(), ())) if conn_id != "telegram_default"]


@pytest.fixture(autouse=True)
def _default(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    connect(monkeypatch, "telegram_default", {"conn_type": "telegram", "host": "-1001", "password": TOKEN})
    for conn_id in OPTIONAL:
        monkeypatch.delenv(f"AIRFLOW_CONN_{conn_id.upper()}", raising=False)
    clear_secrets_backends_cache()
    yield
    clear_secrets_backends_cache()


def connect(monkeypatch: pytest.MonkeyPatch, conn_id: str, written: dict[str, Any] | str) -> None:
    """Write a connection as an environment variable."""
    text = written if isinstance(written, str) else json.dumps(written)
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", text)


def resolved(destination: str = "reports", chosen: Settings | None = None) -> AnyAddress:
    """Return a destination's address, with the connections of Airflow."""
    return addresses(chosen or Settings(), telegram_connection)(destination)


@pytest.mark.parametrize("written", [None, "", {"conn_type": "telegram"}, {"conn_type": "telegram", "extra": "{}"}])
def test_what_is_absent_or_empty_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, written: dict[str, Any] | str | None
) -> None:
    if written is not None:
        connect(monkeypatch, "telegram_reports", written)
    assert resolved() == STAFF


UNREADABLE: dict[str, dict[str, Any] | str] = {
    "a number as host": {"conn_type": "telegram", "host": -1002},
    "a list as host": {"conn_type": "telegram", "host": ["-1002"]},
    "a number as token": {"conn_type": "telegram", "host": "-1002", "password": 42},
    "a field that Airflow does not know": {"conn_type": "telegram", "hots": "-1002"},
    "a port that is none": {"conn_type": "telegram", "host": "-1002", "port": "x"},
    "half a JSON": '{"conn_type": "telegram", "host": "-1002"',
    "only the chat": "-1002",
    "only a channel": "@reports",
    "blanks": "  ",
    "an address without its @": f"telegram://-1002:{TOKEN}",
    "the chat in schema": {"conn_type": "telegram", "schema": "-1002"},
    "the chat in schema, of an address": "telegram://:42%3ATEST@/-1002",
    "the chat in login": {"conn_type": "telegram", "login": "-1002"},
    "the chat in the Extra": {"conn_type": "telegram", "extra": {"chat_id": "-1002"}},
    "a token alone": {"conn_type": "telegram", "password": TOKEN},
    "blanks as host": {"conn_type": "telegram", "host": " ", "password": TOKEN},
    "a title as host": {"conn_type": "telegram", "host": "Отчёты"},
    "a channel that lost its @": "telegram://:42%3ATEST@@reports",
    "a link as host": {"conn_type": "telegram", "host": "https://t.me/reports"},
    "a server as host": {"conn_type": "telegram", "host": "api.telegram.org"},
    "a token as host": {"conn_type": "telegram", "host": TOKEN},
    "the token in login": {"conn_type": "telegram", "host": "-1002", "login": TOKEN},
    "half a token": f"telegram://{TOKEN}@-1002",
    "a topic in schema": "telegram://:42%3ATEST@-1002/5",
    "a topic as port": "telegram://:42%3ATEST@%2D1002:5",
    "an Extra that is no JSON": {"conn_type": "telegram", "host": "-1002", "extra": "message_thread_id: 5"},
    "an Extra that is a list": {"conn_type": "telegram", "host": "-1002", "extra": "[5]"},
    "a misspelt topic": {"conn_type": "telegram", "host": "-1002", "extra": {"message-thread-id": 5}},
    "a misspelt server": {"conn_type": "telegram", "host": "-1002", "extra": {"baseurl": "http://127.0.0.1/bot"}},
    "a topic that is true": {"conn_type": "telegram", "host": "-1002", "extra": {"message_thread_id": True}},
    "a server that is false": {"conn_type": "telegram", "host": "-1002", "extra": {"base_url": False}},
    "a proxy that is a list": {"conn_type": "telegram", "host": "-1002", "extra": {"proxy": ["http://p"]}},
}


@pytest.mark.parametrize("written", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_there_and_cannot_be_read_is_a_sentence_and_leads_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, written: dict[str, Any] | str
) -> None:
    connect(monkeypatch, "telegram_reports", written)

    with pytest.raises(DestinationError, match="Airflow connection telegram_reports") as raised:
        resolved()
    assert TOKEN not in str(raised.value)
    with pytest.raises(DestinationError):
        resolved("branch:7", Settings(branch_chats={7: BranchChat(chat_id="-1007")}))
    assert resolved("missed_calls") == STAFF


@pytest.mark.parametrize("conn_id", OPTIONAL)
def test_that_holds_for_every_optional_connection(monkeypatch: pytest.MonkeyPatch, conn_id: str) -> None:
    connect(monkeypatch, conn_id, {"conn_type": "telegram", "host": -1002})
    concerned = [name for name, chain in CHAINS.items() if conn_id in chain]
    assert concerned
    for name in concerned:
        with pytest.raises(DestinationError, match=conn_id):
            resolved(name)


def test_a_fault_of_the_default_connection_is_one_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "telegram_default", {"conn_type": "telegram", "host": -1001, "password": TOKEN})
    connect(monkeypatch, "telegram_reports", {"conn_type": "telegram", "host": "-1002"})
    for name in CHAINS:
        with pytest.raises(DestinationError, match="telegram_default is there"):
            resolved(name)


def test_the_checks_have_a_line_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, "telegram_reports", {"conn_type": "telegram", "host": -1002})
    found, faults = places()
    assert [(line.verdict.name, line.what) for line in faults] == [("FAIL", "destination reports")]
    assert [place.address for place in found] == [STAFF]


class TestAFailingBackend:
    """Nobody can say whether anything is there."""

    @pytest.fixture(autouse=True)
    def _fail(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", "tests.failing_secrets.FailingBackend")
        clear_secrets_backends_cache()

    def test_leads_to_no_other_address(self) -> None:
        with pytest.raises(SecretsBackendError, match=r"telegram_reports .* FailingBackend failed") as raised:
            resolved()
        assert "SECRET" not in str(raised.value)

    def test_does_not_matter_for_what_another_backend_has(self) -> None:
        assert resolved("staff") == STAFF

    def test_does_not_turn_settings_into_defaults(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(SecretsBackendError, match="Airflow Variable sancrm_notifications"):
            settings.load()
        monkeypatch.setenv("AIRFLOW_VAR_SANCRM_NOTIFICATIONS", '{"sending": false}')
        assert settings.load().sending is False

    def test_is_no_missing_ledger(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AIRFLOW_CONN_NOTIFICATIONS_DB", raising=False)
        with pytest.raises(SecretsBackendError, match="notifications_db"):
            ledger_conninfo()

    def test_is_tried_again_by_airflow(self) -> None:
        with pytest.raises(Exception, match="FailingBackend") as raised, explained():
            resolved()
        assert not isinstance(raised.value, AirflowFailException)

    def test_has_its_line_in_the_checks(self) -> None:
        found, faults = places()
        assert [place.destinations for place in found] == [("staff",)]
        assert len(faults) == len(CHAINS) - 1


class ApiServer:
    """What a task asks its connections of, through its supervisor."""

    def __init__(self, error: ErrorType, *, raises: bool) -> None:
        self.reply = ErrorResponse(error=error)
        self.raises = raises

    def send(self, message: object) -> ErrorResponse:
        """Answer as a supervisor does."""
        assert isinstance(message, GetConnection)
        if self.raises:
            raise AirflowRuntimeError(self.reply)
        return self.reply


@pytest.mark.parametrize("raises", [True, False])
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ErrorType.CONNECTION_NOT_FOUND, None),
        (ErrorType.API_SERVER_ERROR, SecretsBackendError),
        (ErrorType.GENERIC_ERROR, SecretsBackendError),
        (ErrorType.PERMISSION_DENIED, UnreadableError),
    ],
)
def test_an_api_server_that_fails_is_no_absent_connection(
    monkeypatch: pytest.MonkeyPatch, error: ErrorType, expected: type[Exception] | None, *, raises: bool
) -> None:
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", ApiServer(error, raises=raises), raising=False)
    if expected is None:
        assert telegram_connection("telegram_reports") is None
        return
    with pytest.raises(expected, match="telegram_reports"):
        telegram_connection("telegram_reports")


def test_a_connection_is_asked_for_once_for_all_destinations() -> None:
    asked = []

    def connection(conn_id: str) -> Any:
        asked.append(conn_id)
        return telegram_connection(conn_id)

    resolve = addresses(Settings(), connection)
    assert {resolve(f"branch:{number}").chat_id for number in range(40)} == {"-1001"}
    assert sorted(asked) == ["telegram_default", "telegram_reports"]
