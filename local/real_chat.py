"""Whether the real bot may write to the real chat, asked before the demo starts anything: `python -m local.real_chat`.

It asks as `make check` does, and runs in a process of its own: the product's hook is Airflow's, and Airflow wants its
settings from the environment. The exit status is 1 after a sentence on what is wrong.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

from local import telegram_choice
from local.demo_error import DemoError
from local.telegram_choice import CHAT_VARIABLE, TOKEN_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sancrm_notifications.channels.telegram.address import Address

SECONDS = 60.0


def require_writable(environment: Mapping[str, str]) -> None:
    """Raise DemoError when the bot and the chat that this environment names cannot be used."""
    command = [sys.executable, "-m", "local.real_chat"]
    try:
        looked = subprocess.run(
            command, env=dict(environment), capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise DemoError(f"Telegram did not answer within {SECONDS:.0f} seconds: look at the network.") from None
    if looked.returncode:
        lines = looked.stderr.strip().splitlines() or ["it ended without a word"]
        raise DemoError(f"The real Telegram cannot be used: {lines[-1]}")


async def fault(address: Address) -> str | None:
    """Return what keeps this bot from writing to this chat and what to do about it, or None."""
    from sancrm_notifications.channels.telegram.hook import BotHook  # noqa: PLC0415
    from sancrm_notifications.checks.chats import chat_lines  # noqa: PLC0415
    from sancrm_notifications.checks.line import Verdict  # noqa: PLC0415
    from sancrm_notifications.checks.places import Place  # noqa: PLC0415
    from sancrm_notifications.ledger.outcome import Result  # noqa: PLC0415 - each loads half of Airflow

    hook = BotHook(address.bot)
    try:
        answer = await hook.open()
        if answer.result is Result.BAD_TOKEN:
            return (
                f"it refuses the token ({answer.description}): put the one that @BotFather shows into {TOKEN_VARIABLE}."
            )
        if answer.result is not Result.SENT:
            return f"it does not answer ({answer.description}): look at the network, and at HTTPS_PROXY."
        lines = await chat_lines(hook, Place(address, ("staff",), CHAT_VARIABLE))
    finally:
        await hook.close()
    wrong = [f"{line.what}: {line.sentence}." for line in lines if line.verdict is Verdict.FAIL]
    return " ".join(wrong) or None


def main() -> int:
    """Ask about the bot and the chat of the environment."""
    from sancrm_notifications.channels.telegram.address import Address, BotAddress  # noqa: PLC0415

    chosen = telegram_choice.choose(0)
    found = asyncio.run(fault(Address(BotAddress(chosen.token), chosen.chat_id)))
    if found:
        print(found, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
