"""The web application: Bot API, control API and chat page on one port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from local.telegram_stand_in import chat_page, control, crm_card
from local.telegram_stand_in.bot_api import BotApi
from local.telegram_stand_in.connections import refusal
from local.telegram_stand_in.refusals import not_found
from local.telegram_stand_in.same_origin import SameOrigin

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from local.telegram_stand_in.connections import Wires
    from local.telegram_stand_in.messenger import Messenger


def application(messenger: Messenger, wires: Wires) -> Starlette:
    """Return the application that serves one messenger."""
    bot_api = BotApi(messenger, wires)

    async def bot(request: Request) -> Response:
        return await bot_api(request)

    async def nothing_here(request: Request) -> Response:
        del request
        return refusal(not_found())

    return Starlette(
        routes=[
            Route("/bot{token}/{method}", bot, methods=["GET", "POST"]),
            *control.routes(messenger),
            *chat_page.routes(messenger),
            *crm_card.routes(),
            Route("/{path:path}", nothing_here, methods=["GET", "POST"]),
        ],
        middleware=[Middleware(SameOrigin)],
    )
