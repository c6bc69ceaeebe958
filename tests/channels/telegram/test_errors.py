"""Each row of the table "What an answer means" in docs/delivery.md, and whatever else a server may say."""

from __future__ import annotations

import json

import httpx
import pytest

from sancrm_notifications.channels.telegram.errors import REFUSALS, classify, classify_failure, refusal_of
from sancrm_notifications.ledger.outcome import Result

CHAT_GONE = [
    (400, "Bad Request: chat not found"),
    (403, "Forbidden: bot was blocked by the user"),
    (403, "Forbidden: bot was kicked from the supergroup chat"),
    (403, "Forbidden: bot is not a member of the channel chat"),
    (403, "Forbidden: user is deactivated"),
    (403, "Forbidden: the group chat was deleted"),
    (403, "Forbidden: bot can't initiate conversation with a user"),
    (403, "Forbidden: something Telegram has never said before"),
]
CHAT_CLOSED = [
    (400, "Bad Request: message thread not found"),
    (400, "Bad Request: TOPIC_CLOSED"),
    (400, "Bad Request: TOPIC_DELETED"),
    (400, "Bad Request: not enough rights to send text messages to the chat"),
    (400, "Bad Request: have no rights to send a message"),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN"),
    (400, "Bad Request: need administrator rights in the channel chat"),
]
BAD_MESSAGE = [
    (400, 'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0'),
    (400, "Bad Request: message is too long"),
    (400, "Bad Request: message text is empty"),
    (400, "Bad Request: BUTTON_URL_INVALID"),
    (413, "Request Entity Too Large"),
]
OUTAGE = [(status, "") for status in (500, 502, 503, 504, 520, 301, 409)]


def refusal(status: int, description: str, **parameters: object) -> bytes:
    body: dict[str, object] = {"ok": False, "error_code": status, "description": description}
    return json.dumps(body | ({"parameters": parameters} if parameters else {})).encode()


@pytest.mark.parametrize(
    ("status", "description", "result"),
    [
        *((*row, Result.CHAT_GONE) for row in CHAT_GONE),
        *((*row, Result.CHAT_CLOSED) for row in CHAT_CLOSED),
        *((*row, Result.BAD_MESSAGE) for row in BAD_MESSAGE),
        *((*row, Result.UNKNOWN) for row in OUTAGE),
        (401, "Unauthorized", Result.BAD_TOKEN),
        (404, "Not Found", Result.UNKNOWN_METHOD),
    ],
)
def test_a_refusal_means_what_the_table_says(status, description, result):
    answer = classify(status, refusal(status, description))
    assert (answer.result, answer.http_status) == (result, status)
    assert description in answer.description


def test_an_accepted_message_gives_its_number():
    answer = classify(200, b'{"ok": true, "result": {"message_id": 77, "date": 1}}')
    assert (answer.result, answer.message_id) == (Result.SENT, 77)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502</html>",
        b'{"ok": true, "result": {"mess',
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"ok"',
        b"[" * 100_000,
        b'{"ok": true}',
        b'{"ok": true, "result": true}',
        b'{"ok": true, "result": {}}',
        b'{"ok": true, "result": {"message_id": null}}',
        b'{"ok": true, "result": {"message_id": "x"}}',
        b'{"ok": true, "result": [{"message_id": 1}]}',
        b'{"ok": false, "result": {"message_id": 1}}',
        b'{"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 5"}',
    ],
)
def test_a_200_without_a_message_in_it_is_unknown(body):
    answer = classify(200, body)
    assert (answer.result, answer.http_status, answer.message_id) == (Result.UNKNOWN, 200, None)
    assert answer.description


@pytest.mark.parametrize(
    ("description", "parameters", "seconds"),
    [
        ("Too Many Requests: retry after 35", {"retry_after": 35}, 35),
        ("Too Many Requests: retry after 86400", {"retry_after": 86400}, 86400),
        ("Too Many Requests: retry after 35", {}, 35),
        ("Too Many Requests: retry after 35", {"retry_after": None}, 35),
        ("Too Many Requests", {}, 1),
        ("", {}, 1),
        ("Too Many Requests: retry after 0", {"retry_after": 0}, 1),
        ("Too Many Requests", {"retry_after": -5}, 1),
        ("Too Many Requests", {"retry_after": "7"}, 7),
        ("Too Many Requests", {"retry_after": "soon"}, 1),
        ("Too Many Requests", {"retry_after": [5]}, 1),
        ("Too Many Requests", {"retry_after": 10**30}, 30 * 86400),
    ],
)
def test_a_flood_says_how_long_to_wait(description, parameters, seconds):
    answer = classify(429, refusal(429, description, **parameters))
    assert (answer.result, answer.retry_after_seconds) == (Result.RATE_LIMITED, seconds)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"parameters": [1]}', b'{"parameters": "x", "description": null}'])
def test_a_flood_in_a_servers_own_words_is_a_flood(body):
    answer = classify(429, body)
    assert (answer.result, answer.retry_after_seconds) == (Result.RATE_LIMITED, 1)


def test_a_group_that_became_a_supergroup_gives_its_new_number():
    body = refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1001234567890)
    answer = classify(400, body)
    assert (answer.result, answer.new_chat_id) == (Result.MIGRATED, "-1001234567890")


def test_a_migration_to_nowhere_is_no_migration():
    answer = classify(400, refusal(400, "Bad Request: chat not found", migrate_to_chat_id=None))
    assert (answer.result, answer.new_chat_id) == (Result.CHAT_GONE, None)


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (400, Result.BAD_MESSAGE),
        (401, Result.BAD_TOKEN),
        (403, Result.CHAT_GONE),
        (404, Result.UNKNOWN_METHOD),
        (502, Result.UNKNOWN),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"<h1>nginx</h1>", b"[1]", b'{"parameters": 5}', b'{"description": null, "parameters": ["x"]}']
)
def test_a_refusal_without_words_is_judged_by_its_status(status, result, body):
    answer = classify(status, body)
    assert (answer.result, answer.description) == (result, f"HTTP {status} without a description")


def test_a_description_can_be_written_down_whatever_is_in_it():
    answer = classify(400, rb'{"description": "line one\nline two\u0000\ud800' + b"x" * 1000 + b'"}')
    assert answer.description.startswith("line one line two")
    assert len(answer.description) <= 300
    assert answer.description.isprintable()
    answer.description.encode()


@pytest.mark.parametrize(
    "error", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol]
)
def test_before_a_connection_nothing_was_sent(error):
    assert classify_failure(error("https://api.telegram.org/bot42:SECRET/x")).result is Result.NOT_SENT


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout,
        httpx.WriteTimeout,
        httpx.RemoteProtocolError,
        httpx.WriteError,
        httpx.ReadError,
        httpx.CloseError,
        TimeoutError,
        OSError,
    ],
)
def test_silence_after_the_request_was_begun_is_unknown(error):
    assert classify_failure(error("https://api.telegram.org/bot42:SECRET/x")).result is Result.UNKNOWN


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadError, TimeoutError])
def test_a_failure_is_named_without_the_address_that_holds_the_token(error):
    answer = classify_failure(error("https://api.telegram.org/bot42:SECRET/x"))
    assert answer.description.startswith(error.__name__)
    assert "SECRET" not in answer.description


def test_every_permanent_refusal_says_what_to_do_and_what_staff_read():
    assert REFUSALS
    for row in REFUSALS:
        assert row.words == row.words.lower(), "compared with the description in lower case"
        assert row.advice
        assert row.for_staff
        assert refusal_of(f"Bad Request: {row.words.upper()} now") is row, "no earlier row hides it"


def test_no_refusal_is_found_in_other_words():
    assert refusal_of("Bad Request: message is too long") is None
