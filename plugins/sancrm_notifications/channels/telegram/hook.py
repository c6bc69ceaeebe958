"""The provider's Telegram hook with what a delivery needs: server address, proxy, long timeouts, raw answers."""

from __future__ import annotations

import asyncio
import logging
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx
import telegram
from airflow.providers.telegram.hooks.telegram import TelegramHook
from airflow.sdk.log import mask_secret
from telegram import InputFile, InputMediaPhoto
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from sancrm_notifications.channels.channel import DestinationError
from sancrm_notifications.channels.telegram.errors import classify, classify_failure, telegrams
from sancrm_notifications.channels.telegram.refusals import NOT_ACCEPTED, TOO_LARGE
from sancrm_notifications.channels.telegram.requests import build_request
from sancrm_notifications.ledger.outcome import Outcome, Result
from sancrm_notifications.text.limits import MESSAGE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from telegram.request import RequestData

    from sancrm_notifications.channels.channel import Post, Request
    from sancrm_notifications.channels.telegram.address import BotAddress

# Telegram's own server sleeps up to eight seconds on flood waits before it answers: a short timeout here would
# manufacture attempts of unknown result.
READ_SECONDS = 60.0
_PICTURE_NAME = "picture.png"
REQUEST_SECONDS = 75.0

# Below a warning they write addresses, which hold the token, and texts, which hold names and phones.
for _talkative in ("httpx", "httpcore", "telegram"):
    logging.getLogger(_talkative).setLevel(logging.WARNING)
# It writes an answer it cannot read as an error, and such an answer repeats the message's text.
logging.getLogger("telegram.request").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class _RawAnswer:
    status: int
    body: bytes
    headers: httpx.Headers

    @property
    def result(self) -> object:
        """What Telegram says in answer to a question; None when it is not Telegram's, or no answer."""
        answer = telegrams(self.body)
        return answer.get("result") if answer and self.status == httpx.codes.OK and answer["ok"] is True else None


_raw_answer: ContextVar[_RawAnswer | None] = ContextVar("_raw_answer", default=None)
_headers: ContextVar[httpx.Headers] = ContextVar("_headers")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a question; ``result`` is what Telegram says in answer, None when it says nothing."""

    answer: Outcome
    result: Any = None


class RecordingRequest(HTTPXRequest):
    """An HTTPXRequest that notes the raw answer, which python-telegram-bot's exceptions lose."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *timeouts: Any, **named_timeouts: Any
    ) -> tuple[int, bytes]:
        """See :meth:`telegram.request.BaseRequest.do_request`."""
        status, body = await super().do_request(url, method, request_data, *timeouts, **named_timeouts)
        _raw_answer.set(_RawAnswer(status, body, _headers.get()))
        return status, body


class BotHook(TelegramHook):
    """One bot, reached as its connection says, for one event loop and one HTTP client: a channel of delivery."""

    name = "Telegram"
    message_limit = MESSAGE_LIMIT
    has_rich_form = True
    takes_pictures = True

    def __init__(self, address: BotAddress) -> None:
        self.address = address
        for secret in address.secrets:
            mask_secret(secret)
        super().__init__(telegram_conn_id=None, token=address.token)

    @property
    def server(self) -> str:
        """The server's host and port."""
        return self.address.server

    def get_conn(self) -> telegram.Bot:
        """Return the client; it belongs to the event loop it is first used in."""
        # One client is enough where nothing is polled: making one takes as long as several messages.
        request = self._request()
        return telegram.Bot(
            self.address.token, base_url=self.address.base_url, request=request, get_updates_request=request
        )

    async def open(self) -> Outcome:
        """Begin using the client and ask ``getMe``: SENT when the token is good, BAD_TOKEN when not."""
        return await self._token_answer(self.connection.initialize())

    async def close(self) -> None:
        """Close the client's connections."""
        await self.connection.shutdown()

    async def token_answer(self) -> Outcome:
        """Ask ``getMe`` again: SENT when the token is good, BAD_TOKEN when not, else what hindered."""
        return await self._token_answer(self.connection.get_me())

    async def _token_answer(self, question: Coroutine[Any, Any, object]) -> Outcome:
        reply = await self.ask(question)
        if isinstance(reply.result, dict):
            return replace(reply.answer, result=Result.SENT)
        if reply.answer.result is Result.UNKNOWN_METHOD:
            return replace(reply.answer, result=Result.BAD_TOKEN, advice=NOT_ACCEPTED)
        return reply.answer

    def build_request(self, chat_id: str, message_thread_id: int | None, post: Post) -> Request:
        """Return the call of the Bot API that brings a post into a chat."""
        return build_request(chat_id, message_thread_id, post)

    async def send(self, request: Request) -> Outcome:
        """Make the request; behind a 404 may stand an older server or a wrong token, which getMe tells apart."""
        outcome = await self.call(request.method, request.parameters)
        if outcome.result is Result.UNKNOWN_METHOD:
            token = await self.token_answer()
            return token if token.result is Result.BAD_TOKEN else outcome
        return outcome

    async def call(self, method: str, payload: dict[str, Any]) -> Outcome:
        """Make one request of the Bot API and return what came of it; never raises for Telegram or the network."""
        if method == "sendMessage":
            more = {name: value for name, value in payload.items() if name not in {"chat_id", "text"}}
            return await _answer(self.connection.send_message(payload["chat_id"], payload["text"], api_kwargs=more))
        if method == "editMessageText":
            # A rich message has no text: python-telegram-bot leaves out what is None.
            own: dict[str, Any] = {name: payload.get(name) for name in ("text", "chat_id", "message_id")}
            more = {name: value for name, value in payload.items() if name not in own}
            return await _answer(self.connection.edit_message_text(**own, api_kwargs=more))
        if method == "sendPhoto":
            more = {name: value for name, value in payload.items() if name not in {"chat_id", "photo"}}
            photo = InputFile(payload["photo"], _PICTURE_NAME)
            return _of_upload(await _answer(self.connection.send_photo(payload["chat_id"], photo, api_kwargs=more)))
        if method == "editMessageMedia":
            where = {name: payload[name] for name in ("chat_id", "message_id")}
            media = InputMediaPhoto(**payload["media"], filename=_PICTURE_NAME)
            more = {name: value for name, value in payload.items() if name not in {*where, "media"}}
            return _of_upload(await _answer(self.connection.edit_message_media(media, **where, api_kwargs=more)))
        # python-telegram-bot does not know rich messages yet.
        return await _answer(self.connection.do_api_request(method, api_kwargs=payload))

    async def ask(self, question: Coroutine[Any, Any, object]) -> Reply:
        """Make one request of ``connection`` that sends no message; never raises for Telegram or the network."""
        answer = await _answer(question)
        raw = _raw_answer.get()
        return Reply(answer, raw.result if raw is not None else None)

    def _request(self) -> RecordingRequest:
        try:
            return RecordingRequest(
                connection_pool_size=64,
                read_timeout=READ_SECONDS,
                write_timeout=20.0,
                connect_timeout=10.0,
                pool_timeout=10.0,
                proxy=self.address.proxy,
                # A proxy of the environment is for the world outside this machine.
                httpx_kwargs={"trust_env": not self.address.is_local, "event_hooks": {"response": [_note_headers]}},
            )
        except (ValueError, httpx.InvalidURL):
            # Its words hold the proxy's address, with its password.
            raise DestinationError(
                "a proxy in the environment (HTTP_PROXY, HTTPS_PROXY or ALL_PROXY) must be http://, https:// or"
                " socks5:// and a host; correct it, or name another in the Extra of the Telegram connection"
            ) from None


async def _note_headers(response: httpx.Response) -> None:
    """Note what python-telegram-bot does not hand on: how long a proxy asks to wait stands in a header alone."""
    _headers.set(response.headers)


def _of_upload(outcome: Outcome) -> Outcome:
    """Return what the outcome means for a picture: whoever finds it too large, a proxy too, has turned it away."""
    if outcome.http_status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        return replace(outcome, result=Result.PICTURE_REFUSED, advice=TOO_LARGE, for_staff="картинка слишком велика")
    return outcome


async def _answer(request: Coroutine[Any, Any, object]) -> Outcome:
    """Await one request and return what came of it, judged by the raw answer and not by the exception's type."""
    _raw_answer.set(None)
    failure: BaseException = TimeoutError()
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            await request
    except (TelegramError, TimeoutError) as error:
        failure = error.__cause__ or error
    except Exception:
        # python-telegram-bot reads an answer into its own objects and fails in many ways on what it did not expect.
        if _raw_answer.get() is None:
            raise
    raw = _raw_answer.get()
    return classify(raw.status, raw.body, raw.headers) if raw is not None else classify_failure(failure)
