"""How a route of the control API answers: JSON, and a sentence on what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from local.telegram_stand_in.refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from local.telegram_stand_in.store import Document, Store


class NotThereError(LookupError):
    """What was asked for is not there."""


def answering(run: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a function so that its result, or what is wrong with the request, becomes the answer."""

    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await run(request))
        except NotThereError as error:
            return JSONResponse({"error": str(error)}, 404)
        except (ValueError, TypeError, KeyError, RefusedError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)

    return answer


def named_chat(store: Store, request: Request) -> Document:
    """Return the chat that the address names; NotThereError when there is none."""
    chat = store.chat(int(request.path_params["chat_id"]))
    if chat is None:
        raise NotThereError("there is no such chat")
    return chat


def named_message(store: Store, chat_id: int, message_id: int) -> Document:
    """Return a message; NotThereError when there is none."""
    message = store.message(chat_id, message_id)
    if message is None:
        raise NotThereError("there is no such message")
    return message
