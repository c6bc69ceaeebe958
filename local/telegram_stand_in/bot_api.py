"""The Bot API over HTTP: ``/bot<token>/<method>``, its answers, and the log of every request."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from local.telegram_stand_in.connections import Wires, refusal, spoilt
from local.telegram_stand_in.messenger import TOKEN, Call, Messenger
from local.telegram_stand_in.methods import METHODS, Method
from local.telegram_stand_in.refusals import RefusedError, not_found
from local.telegram_stand_in.request_body import Parameters, read_parameters

if TYPE_CHECKING:
    from local.telegram_stand_in.faults import Fault

LONGEST_LOGGED_TEXT = 200


@dataclass(slots=True)
class Arrival:
    """One request on its way through the server, as the log will tell of it.

    ``verdict`` is "accepted", "refused" or "fault"; ``is_sent`` tells whether a message was kept or changed,
    whatever was answered.
    """

    method: str
    token: str = field(repr=False)
    arrived_at: float = field(default_factory=time.time)
    parameters: Parameters = field(default_factory=Parameters)
    bot_id: int | None = None
    status: int = 0
    verdict: str = "refused"
    description: str = ""
    fault: str | None = None
    result: Any = None

    @property
    def text(self) -> str:
        """What a text filter looks into."""
        rich = self.parameters.values.get("rich_message")
        html = rich.get("html") if isinstance(rich, dict) else rich
        return "\n".join([self.parameters.text("text"), self.parameters.text("caption"), str(html or "")])

    @property
    def chat_id(self) -> int | None:
        """The chat, where it is named by number."""
        return self.parameters.number("chat_id") or None

    def report(self) -> dict[str, Any]:
        """Return the line of the log; the secret half of the token is left out."""
        is_message = isinstance(self.result, dict) and "message_id" in self.result
        return {
            "method": self.method,
            "bot_id": self.bot_id,
            "chat_id": self.chat_id,
            "text": self.text.strip()[:LONGEST_LOGGED_TEXT],
            "arrived_at": self.arrived_at,
            "answered_at": time.time(),
            "status": self.status,
            "verdict": self.verdict,
            "description": self.description,
            "fault": self.fault,
            "is_sent": is_message,
            "message_id": self.result["message_id"] if is_message else None,
        }


@dataclass(slots=True)
class BotApi:
    """Answers calls of bots."""

    messenger: Messenger
    wires: Wires

    async def __call__(self, request: Request) -> Response:
        """Answer one call and write it into the log."""
        arrival = Arrival(request.path_params["method"], request.path_params["token"])
        try:
            response = await self._answer(request, arrival)
        except ClientDisconnect:
            response = Response(status_code=400)
        arrival.status = response.status_code
        self.messenger.store.save_request(arrival.report())
        return response

    async def _answer(self, request: Request, arrival: Arrival) -> Response:
        try:
            arrival.parameters = await read_parameters(request)
            fault = self._fault("before", arrival)
            if fault is None:
                await self._run(arrival)
                fault = self._fault("after", arrival)
            return await self._respond(fault, arrival)
        except RefusedError as refused:
            arrival.description = refused.description
            return refusal(refused)

    async def _respond(self, fault: Fault | None, arrival: Arrival) -> Response:
        if fault is not None and fault.kind != "slow":
            arrival.verdict = "fault"
            return spoilt(self.messenger, self.wires, fault)
        if fault is not None:
            await self.messenger.pause(fault.seconds)
            if fault.when == "before":
                await self._run(arrival)
        arrival.verdict = "accepted"
        return JSONResponse({"ok": True, "result": arrival.result})

    def _fault(self, when: str, arrival: Arrival) -> Fault | None:
        fault = self.messenger.faults.for_call(when, arrival.method, arrival.chat_id, arrival.text)
        if fault is not None:
            arrival.fault = f"{when} {fault.kind}"
        return fault

    async def _run(self, arrival: Arrival) -> None:
        arrival.bot_id = self._bot_id(arrival.token)
        method = self._method(arrival.method)
        call = Call(arrival.bot_id, arrival.method, arrival.parameters)
        arrival.result = await method.run(self.messenger, call)

    def _bot_id(self, token: str) -> int:
        if not TOKEN.fullmatch(token):
            raise not_found()
        bot_id = self.messenger.store.bot_id(token)
        if bot_id is None:
            raise RefusedError(401, "Unauthorized")
        return bot_id

    def _method(self, name: str) -> Method:
        method = METHODS.get(name.lower())
        if method is None or method.since > self.messenger.version:
            raise not_found()
        return method
