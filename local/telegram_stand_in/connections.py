"""Damage to connections: what a planned fault does to the bytes on the wire."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, JSONResponse, Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from local.telegram_stand_in.refusals import RefusedError, flood

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from local.telegram_stand_in.faults import Fault, Faults
    from local.telegram_stand_in.messenger import Messenger

RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, for 0 seconds: close() sends RST

USUAL_WORDS = {
    401: "Unauthorized",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    500: "Internal Server Error",
}

Address = tuple[str, int]


class Wires:
    """The open connections, by the client's address, so that a fault can break the right one."""

    def __init__(self) -> None:
        self.transports: dict[Address, asyncio.Transport] = {}

    def protocol(self, faults: Faults) -> type[H11Protocol]:
        """Return uvicorn's protocol for HTTP, taught to refuse connections and to let them be broken."""
        transports = self.transports

        class Wire(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client:
                    transports[self.client] = transport
                if faults.for_connection():
                    transport.abort()

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client:
                    transports.pop(self.client, None)
                super().connection_lost(exc)

        return Wire

    async def break_off(self, client: Address, *, reset: bool) -> None:
        """Close a client's connection, politely or with a reset, and let the loop notice it."""
        transport = self.transports.get(client)
        if transport is None:
            return
        connection: socket.socket | None = transport.get_extra_info("socket")
        if reset and connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            transport.abort()
        else:
            transport.close()
        await asyncio.sleep(0.01)


class Broken(Response):
    """No answer: the connection ends instead, after a wait or a part of an answer."""

    def __init__(self, messenger: Messenger, wires: Wires, fault: Fault) -> None:
        super().__init__()
        self.messenger = messenger
        self.wires = wires
        self.fault = fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """End the connection the way the fault says."""
        del receive
        if self.fault.kind == "hang":
            await self.messenger.pause(self.fault.seconds)
        if self.fault.kind == "truncated":
            headers = [(b"content-type", b"application/json"), (b"content-length", b"500")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"ok":true,"result":{"mess', "more_body": True})
        await self.wires.break_off(tuple(scope["client"]), reset=self.fault.kind == "reset")


def spoilt(messenger: Messenger, wires: Wires, fault: Fault) -> Response:
    """Return the answer a fault puts in the place of the true one."""
    if fault.kind == "status":
        page = f"<html><body><h1>{fault.status}</h1><hr>nginx</body></html>"
        return HTMLResponse(page, fault.status)
    if fault.kind == "error":
        return refusal(RefusedError(fault.status, fault.description or USUAL_WORDS.get(fault.status, "Bad Request")))
    if fault.kind == "garbage":
        return Response("\x1f\x8b<<< no JSON", media_type="application/json")
    if fault.kind == "not_ok":
        return JSONResponse({"ok": False})
    if fault.kind == "flood":
        return _flooded(fault.retry_after)
    return Broken(messenger, wires, fault)


def _flooded(retry_after_seconds: int | None) -> Response:
    if retry_after_seconds is None:
        return refusal(RefusedError(429, "Too Many Requests"))
    return refusal(flood(retry_after_seconds))


def refusal(refused: RefusedError) -> Response:
    """Return a refusal as the server writes it, a wait also as a header."""
    response = JSONResponse(refused.answer(), refused.code)
    if "retry_after" in refused.parameters:
        response.headers["Retry-After"] = str(refused.parameters["retry_after"])
    return response
