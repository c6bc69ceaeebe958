"""Each row of the table "What an answer means" in docs/delivery.md, and whatever else a server may say."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from sancrm_notifications.channels.telegram.errors import classify, classify_failure
from sancrm_notifications.channels.telegram.refusals import REFUSALS, refusal_of
from sancrm_notifications.ledger.outcome import Result

REFUSALS_TSV = Path(__file__).parent / "refusals.tsv"


def listed() -> list[tuple[int, str, str, Result]]:
    """Return what public sources say of Telegram's refusals: status, description, to which request, meaning."""
    lines = [line for line in REFUSALS_TSV.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [(int(row["status"]), row["description"], row["to"], Result(row["result"])) for row in rows]


def refusal(status: int, description: str, **parameters: object) -> bytes:
    body: dict[str, object] = {"ok": False, "error_code": status, "description": description}
    return json.dumps(body | ({"parameters": parameters} if parameters else {})).encode()


@pytest.mark.parametrize(("status", "description", "to", "result"), listed())
def test_what_telegram_is_known_to_say_means_what_the_list_says(status, description, to, result):
    answer = classify(status, refusal(status, description))
    if to == "send" and answer.result is Result.UNEDITABLE:
        answer = replace(answer, result=Result.BAD_MESSAGE)  # as delivery takes it for a new message
    assert (answer.result, answer.http_status, answer.description) == (result, status, description[:300])
    assert to in {"send", "edit", "both"}
    if result in {
        Result.BAD_TOKEN,
        Result.CHAT_GONE,
        Result.CHAT_CLOSED,
        Result.PICTURE_REFUSED,
        Result.UNEDITABLE,
    }:
        assert answer.advice
    if result in {Result.CHAT_GONE, Result.CHAT_CLOSED, Result.PICTURE_REFUSED}:
        assert answer.for_staff


def test_the_list_covers_every_meaning_and_names_its_sources():
    assert {row[3] for row in listed()} >= set(Result) - {Result.MIGRATED, Result.UNKNOWN_METHOD, Result.NOT_SENT}
    text = REFUSALS_TSV.read_text(encoding="utf-8")
    assert len(re.findall(r"^# [\w-]+: \S+ .*\b[0-9a-f]{40}$", text, re.MULTILINE)) == 3
    sources = {line.rsplit("\t", 1)[-1].split()[0] for line in text.splitlines() if not line.startswith("#")}
    assert sources == {"bot-api", "td", "docs", "source"}


@pytest.mark.parametrize(
    ("status", "description", "result"),
    [
        (403, "Forbidden: something Telegram has never said before", Result.CHAT_GONE),
        (400, "Bad Request: something Telegram has never said before", Result.BAD_MESSAGE),
        (400, "Bad Request: CHAT_SOMETHING_NEW_FORBIDDEN", Result.CHAT_CLOSED),
        (413, "Request Entity Too Large", Result.BAD_MESSAGE),
        (409, "Conflict: terminated by other getUpdates request", Result.NOT_SENT),
        (404, "Not Found", Result.UNKNOWN_METHOD),
        *((status, "", Result.UNKNOWN) for status in (500, 502, 503, 504, 520)),
    ],
)
def test_what_is_in_no_list_is_judged_by_its_status(status, description, result):
    answer = classify(status, refusal(status, description))
    assert (answer.result, answer.http_status) == (result, status)
    assert description in answer.description


def test_words_that_a_refusal_quotes_are_not_its_meaning():
    words = "Bad Request: inline keyboard button URL 'http://x?chat not found' is invalid: Wrong HTTP URL"
    assert classify(400, refusal(400, words)).result is Result.BAD_MESSAGE


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
        ("Too Many Requests", {"retry_after": 7.0}, 7),
        ("Too Many Requests", {"retry_after": "7.5"}, 7.5),
        ("Too Many Requests", {"retry_after": True}, 1),
        ("Too Many Requests", {"retry_after": "soon"}, 1),
        ("Too Many Requests", {"retry_after": [5]}, 1),
        ("Too Many Requests", {"retry_after": 10**30}, 30 * 86400),
    ],
)
def test_a_flood_says_how_long_to_wait(description, parameters, seconds):
    answer = classify(429, refusal(429, description, **parameters))
    assert (answer.result, answer.retry_after_seconds) == (Result.RATE_LIMITED, seconds)


@pytest.mark.parametrize("parameters", ["[1]", '"x"', "null", '{"retry_after": "soon"}'])
def test_a_flood_with_odd_parameters_is_a_flood(parameters):
    answer = classify(429, f'{{"ok": false, "description": null, "parameters": {parameters}}}'.encode())
    assert (answer.result, answer.retry_after_seconds) == (Result.RATE_LIMITED, 1)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("17", 17), ("17.5", 17.5), ("0", 1), ("99999999", 30 * 86400), ("Fri, 01 Jan 2021 00:00:00 GMT", 1)],
)
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error": "slow down"}', b'{"ok": false}'])
def test_how_long_to_wait_may_stand_in_a_header_alone(header, seconds, body):
    answer = classify(429, body, {"retry-after": header})
    assert (answer.result, answer.retry_after_seconds) == (Result.RATE_LIMITED, seconds)


def test_a_header_may_name_the_instant():
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    assert classify(429, b"", {"retry-after": at}).retry_after_seconds == pytest.approx(39.5, abs=2)


@pytest.mark.parametrize("headers", [{}, {"retry-after": "soon"}, {"retry-after": "nan"}, {"retry-after": "inf"}])
def test_a_flood_that_is_not_telegrams_and_says_no_time_is_tried_again_later(headers):
    assert classify(429, b"<html>", headers).result is Result.NOT_SENT


NOT_TELEGRAMS = [
    b"",
    b"<html><h1>nginx</h1></html>",
    b"[1]",
    b'"ok"',
    b'{"error": "Forbidden: bot was kicked from the group chat"}',
    b'{"description": "Bad Request: chat not found", "error_code": 400}',
    b'{"ok": tr',
]


@pytest.mark.parametrize(
    ("status", "result"),
    [
        *((status, Result.NOT_SENT) for status in (301, 302, 307, 400, 401, 403, 404, 405, 407, 413, 451)),
        *((status, Result.UNKNOWN) for status in (200, 204, 500, 502, 503, 504, 520)),
    ],
)
@pytest.mark.parametrize("body", NOT_TELEGRAMS)
def test_what_a_proxy_says_is_neither_the_chats_nor_the_tokens_fault(status, result, body):
    answer = classify(status, body)
    assert (answer.result, answer.http_status) == (result, status)
    assert (
        answer.description
        == f"HTTP {status}, and no answer of the Bot API: a proxy or another server in between gave it"
    )
    assert not answer.advice


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
    "body", [b'{"ok": false, "parameters": 5}', b'{"ok": false, "description": null, "parameters": ["x"]}']
)
def test_a_refusal_without_words_is_judged_by_its_status(status, result, body):
    answer = classify(status, body)
    assert (answer.result, answer.description) == (result, f"HTTP {status} without a description")


def test_a_description_can_be_written_down_whatever_is_in_it():
    answer = classify(400, rb'{"ok": false, "description": "line one\nline two\u0000\ud800' + b"x" * 1000 + b'"}')
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


def test_every_refusal_says_what_to_do_and_what_staff_read():
    assert REFUSALS
    for row in REFUSALS:
        assert row.advice
        assert row.for_staff or row.result in {Result.BAD_MESSAGE, Result.BAD_TOKEN}
        for words in row.words:
            assert words == words.lower(), "compared with the description in lower case"
            assert refusal_of(f"Bad Request: {words.upper()} now") is row, "no earlier row hides it"


def test_no_refusal_is_found_in_other_words():
    assert refusal_of("Bad Request: message is too long") is None
