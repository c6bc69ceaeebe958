"""What goes wrong, what is kept back, what comes again; and the settings of the stand-in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from local.telegram_stand_in.messenger import TOKEN, version_number
from local.telegram_stand_in.updates import Plan, bots, publish_raw, release

if TYPE_CHECKING:
    from starlette.requests import Request

    from local.telegram_stand_in.messenger import Messenger
    from local.telegram_stand_in.store import Document


class PlansControl:
    """What each route does."""

    def __init__(self, messenger: Messenger) -> None:
        self.messenger = messenger
        self.store = messenger.store

    async def requests(self, request: Request) -> list[Document]:
        """List the calls of bots."""
        return self.store.requests(int(request.query_params.get("after", 0)))

    async def clear(self, request: Request) -> bool:
        """Forget what happened, what bots have set, and what is planned; chats, people and tokens stay."""
        del request
        self.store.clear()
        self.messenger.faults.clear()
        self.messenger.limits.forget()
        self.messenger.plan = Plan()
        return True

    async def plan_fault(self, request: Request) -> Document:
        """Plan a fault."""
        return self.messenger.faults.plan(**await request.json()).report()

    async def faults(self, request: Request) -> list[Document]:
        """List planned faults."""
        del request
        return [fault.report() for fault in self.messenger.faults.plans]

    async def drop_faults(self, request: Request) -> bool:
        """Drop all plans."""
        del request
        self.messenger.faults.clear()
        return True

    async def updates(self, request: Request) -> list[Document]:
        """List the updates that wait, of one bot or of all."""
        only = request.query_params.get("bot_id")
        wanted = bots(self.store) if only is None else [int(only)]
        return [update for bot_id in wanted for update in self.store.updates.waiting(bot_id)]

    async def inject_update(self, request: Request) -> bool:
        """Queue an update as it is written, for one bot or all: {update, bot_id?}."""
        wanted = await request.json()
        update = wanted["update"]
        if not isinstance(update, dict):
            raise TypeError("an update is an object, whatever is in it")
        bot_id = wanted.get("bot_id")
        await publish_raw(self.messenger, update, None if bot_id is None else int(bot_id))
        return True

    async def plan_updates(self, request: Request) -> bool:
        """Hold the next updates back, or let them come again: {held?, repeated?, repeats?}."""
        self.messenger.plan = replace(self.messenger.plan, **await request.json())
        return True

    async def release_updates(self, request: Request) -> int:
        """Let come what was held back: {order?, seed?}; return how many updates that were."""
        return await release(self.messenger, **await request.json())

    async def set_token(self, request: Request) -> bool:
        """Make a token known, or revoke it."""
        wanted = await request.json()
        add_token(self.messenger, wanted["token"], revoked=bool(wanted.get("revoked")))
        return True

    async def set_settings(self, request: Request) -> bool:
        """Change the version played, the limits, and whether bots read all that is said in groups."""
        wanted = await request.json()
        if "bot_api_version" in wanted:
            version_number(wanted["bot_api_version"])
            self.store.set("bot_api_version", wanted["bot_api_version"])
        if "rates" in wanted:
            self.messenger.limits.rates = replace(self.messenger.limits.rates, **wanted["rates"])
        if "reads_all" in wanted:
            for bot_id in bots(self.store):
                self.store.set(f"reads_all {bot_id}", "yes" if wanted["reads_all"] else "")
        return True


def add_token(messenger: Messenger, token: str, *, revoked: bool = False) -> None:
    """Make a token known or revoke it; ValueError when it does not look like one."""
    well_formed = TOKEN.fullmatch(token)
    if well_formed is None:
        raise ValueError("a token is a number, a colon and a secret")
    messenger.store.save_bot(token, int(well_formed["bot_id"]), revoked=revoked)
