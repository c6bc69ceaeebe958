"""What goes wrong, as Python: faults of calls, updates kept back or repeated, tokens, limits, the version played."""

from __future__ import annotations

from typing import Any

from local.telegram_stand_in.control_connection import ControlConnection, Json


class PlansClient(ControlConnection):
    """The part of ControlClient that plans faults and changes settings."""

    def requests(self, method: str | None = None) -> list[Json]:
        """Return every call of a bot: method, chat_id, text, arrived_at, status, verdict, is_sent, fault."""
        found: list[Json] = self._call("GET", "/requests")
        return [one for one in found if method is None or one["method"].lower() == method.lower()]

    def clear(self) -> None:
        """Forget what happened, what bots have set, and plans; chats, people and tokens stay."""
        self._call("POST", "/clear", {})

    def plan_fault(self, kind: str, when: str = "before", **filters: Any) -> Json:
        """Plan a fault; kinds and filters are the fields of ``faults.Fault``.

        On the way in: plan_fault("error", method="getUpdates", status=409), "reset", "slow", "status", "garbage"; with
        when="after" the updates were read and the answer is lost.
        """
        return dict(self._call("POST", "/faults", {"kind": kind, "when": when, **filters}))

    def faults(self) -> list[Json]:
        """Return the plans and how often each matched and hit."""
        return list(self._call("GET", "/faults"))

    def clear_faults(self) -> None:
        """Drop all plans of faults."""
        self._call("DELETE", "/faults")

    def updates(self) -> list[Json]:
        """Return the updates that wait to be confirmed."""
        return list(self._call("GET", "/updates"))

    def inject_update(self, update: Json, bot_id: int | None = None) -> None:
        """Queue an update as it is written, however malformed; an "update_id" of its own takes the place of ours."""
        self._call("POST", "/updates", {"update": update, "bot_id": bot_id})

    def repeat_updates(self, number: int = 1, times: int = 1) -> None:
        """Let the next ``number`` updates come ``times`` times more, although they were confirmed."""
        self._call("POST", "/updates/plan", {"repeated": number, "repeats": times})

    def hold_updates(self, number: int = 1) -> None:
        """Keep the next ``number`` updates back, while later ones come."""
        self._call("POST", "/updates/plan", {"held": number})

    def release_updates(self, order: str = "kept", seed: int = 0) -> int:
        """Let come what was held back, with numbers above all others: "kept", "reversed" or "shuffled" order."""
        return int(self._call("POST", "/updates/release", {"order": order, "seed": seed}))

    def add_token(self, token: str) -> None:
        """Make a token known."""
        self._call("POST", "/tokens", {"token": token})

    def revoke_token(self, token: str) -> None:
        """Revoke a token: its calls are answered with 401."""
        self._call("POST", "/tokens", {"token": token, "revoked": True})

    def set_bot_api_version(self, version: str) -> None:
        """Behave as a server of that version ("9.0": no rich messages)."""
        self._call("POST", "/settings", {"bot_api_version": version})

    def set_rates(self, **rates: Any) -> None:
        """Change the limits: the fields of ``limits.Rates``."""
        self._call("POST", "/settings", {"rates": rates})

    def let_bots_read_all(self, *, allowed: bool) -> None:
        """Switch off (or on) the privacy mode that keeps a group's talk from its bots."""
        self._call("POST", "/settings", {"reads_all": allowed})
