"""One request of the hook: whatever comes back, it is judged and never raised, and the token stays out of sight."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from sancrm_notifications.channels.telegram import hook
from sancrm_notifications.channels.telegram.address import BotAddress
from sancrm_notifications.channels.telegram.hook import BotHook, Reply
from sancrm_notifications.ledger.outcome import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
ME = b'{"ok": true, "result": {"id": 123456789, "is_bot": true, "first_name": "SanCRM", "username": "sancrm_bot"}}'
TEXT = {"chat_id": "-1001", "text": "Отчёт", "parse_mode": "HTML"}


def asked(status: int, body: bytes, ask: Callable[[BotHook], Awaitable[Outcome]], headers: str = "") -> Outcome:
    """Return the hook's judgement on a server that always answers this."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line), 0
        )
        await reader.readexactly(length)
        if status:
            head = f"HTTP/1.1 {status} X\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            writer.write(head + body)
        writer.close()

    async def run() -> Outcome:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            hook = BotHook(BotAddress(TOKEN, f"http://127.0.0.1:{port}/bot"))
            try:
                return await ask(hook)
            finally:
                await hook.close()

    return asyncio.run(run())


def send(method: str) -> Callable[[BotHook], Awaitable[Outcome]]:
    """Return how a message is sent with this method."""
    return lambda hook: hook.call(method, TEXT)


@pytest.mark.parametrize("method", ["sendMessage", "sendRichMessage"])
@pytest.mark.parametrize(
    ("status", "body", "result"),
    [
        (
            200,
            b'{"ok": true, "result": {"message_id": 7, "date": 1, "chat": {"id": 1, "type": "private"}}}',
            Result.SENT,
        ),
        # Too little for python-telegram-bot, and more than it knows: the message is in the chat all the same.
        (200, b'{"ok": true, "result": {"message_id": 7}}', Result.SENT),
        (200, b'{"ok": true, "result": {"message_id": 7, "date": "soon", "chat": 5, "from": [1]}}', Result.SENT),
        (200, b'{"ok": true, "result": 5}', Result.UNKNOWN),
        (200, b'{"ok": true, "result": ["x"]}', Result.UNKNOWN),
        (200, b'{"ok": true}', Result.UNKNOWN),
        (200, b'{"ok": false}', Result.UNKNOWN),
        (200, b"[]", Result.UNKNOWN),
        (200, b"null", Result.UNKNOWN),
        (200, b"\xff", Result.UNKNOWN),
        (200, b"[" * 100_000, Result.UNKNOWN),
        (502, b"<html>", Result.UNKNOWN),
        (429, b'{"ok": false, "parameters": [1]}', Result.RATE_LIMITED),
        (429, b'{"ok": false, "parameters": {"retry_after": "soon"}}', Result.RATE_LIMITED),
        (400, b'{"ok": false, "description": 5, "parameters": "x"}', Result.BAD_MESSAGE),
        (403, b'{"ok": false}', Result.CHAT_GONE),
        (403, b"[1]", Result.NOT_SENT),
        (400, b"<html>", Result.NOT_SENT),
        (429, b"", Result.NOT_SENT),
        (0, b"", Result.UNKNOWN),
    ],
)
def test_any_answer_is_judged_and_none_is_raised(method: str, status: int, body: bytes, result: Result) -> None:
    assert asked(status, body, send(method)).result is result


@pytest.mark.parametrize(
    ("status", "body", "result"),
    [
        (200, ME, Result.SENT),
        (401, b'{"ok": false, "description": "Unauthorized"}', Result.BAD_TOKEN),
        (404, b'{"ok": false, "description": "Not Found"}', Result.BAD_TOKEN),
        (502, b"", Result.UNKNOWN),
        (429, b'{"ok": false, "parameters": {"retry_after": 9}}', Result.RATE_LIMITED),
        (200, b"<html>", Result.UNKNOWN),
        (401, b"<html>", Result.NOT_SENT),
        (404, b"<html>", Result.NOT_SENT),
    ],
)
def test_getme_tells_whether_the_token_is_good(status: int, body: bytes, result: Result) -> None:
    assert asked(status, body, lambda hook: hook.open()).result is result
    assert asked(status, body, lambda hook: hook.token_answer()).result is result


CHAT = (
    b'{"ok": true, "result": {"id": -1001, "type": "group", "title": "X", "permissions": {"can_send_messages": false}}}'
)


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, CHAT, {"id": -1001, "type": "group", "title": "X", "permissions": {"can_send_messages": False}}),
        (200, b'{"ok": true}', None),
        (200, b"[1]", None),
        (200, b"\xff", None),
        (200, b"[" * 100_000, None),
        (400, b'{"ok": false, "description": "Bad Request: chat not found"}', None),
        (0, b"", None),
    ],
)
def test_a_question_is_answered_with_what_telegram_told(status: int, body: bytes, told: object) -> None:
    replies: list[Reply] = []

    async def ask(hook: BotHook) -> Outcome:
        replies.append(await hook.ask(hook.connection.get_chat(-1001)))
        return replies[0].answer

    answer = asked(status, body, ask)
    assert replies[0].result == told
    assert (answer.result is Result.CHAT_GONE) is (status == 400)


def test_a_proxys_header_says_how_long_to_wait() -> None:
    answer = asked(429, b"<html>", send("sendMessage"), headers="Retry-After: 17\r\n")
    assert (answer.result, answer.retry_after_seconds) == (Result.RATE_LIMITED, 17)


def test_an_answer_that_does_not_come_in_time_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "REQUEST_SECONDS", 0.2)

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1)
        writer.close()

    async def run() -> Outcome:
        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            hook = BotHook(BotAddress(TOKEN, f"http://127.0.0.1:{port}/bot"))
            return await hook.call("sendMessage", TEXT)

    assert asyncio.run(run()).result is Result.UNKNOWN


def test_a_server_that_is_not_there_got_nothing() -> None:
    hook = BotHook(BotAddress(TOKEN, "http://127.0.0.1:9/bot"))
    answer = asyncio.run(hook.call("sendMessage", TEXT))
    assert answer.result is Result.NOT_SENT


@pytest.mark.parametrize("status", [200, 401, 502, 0])
def test_the_token_is_in_no_log_and_no_answer(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer = asked(status, b"<html>", send("sendMessage"))
    assert TOKEN not in caplog.text + repr(answer)
    assert TOKEN.split(":")[1] not in caplog.text + repr(answer)


def test_a_half_answer_that_repeats_the_text_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = '{"ok": true, "result": {"message_id": 7, "text": "Иванов +79123456789'.encode()
    assert asked(200, body, send("sendMessage")).result is Result.UNKNOWN
    assert "79123456789" not in caplog.text
