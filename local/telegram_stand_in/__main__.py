"""Runs the stand-in as a program; without --token and --chat it knows the demo's bot and chats."""

from __future__ import annotations

import argparse
import errno
import sys
from pathlib import Path

from local.telegram_choice import STAND_IN_CHATS, STAND_IN_TOKEN
from local.telegram_stand_in.limits import Rates
from local.telegram_stand_in.messenger import CURRENT_VERSION, version_number
from local.telegram_stand_in.running import Server, prepare


def named_chat(value: str) -> tuple[int, str]:
    """Read ``-1001=Штаб``."""
    chat_id, _, title = value.partition("=")
    return int(chat_id), title


def version(value: str) -> str:
    """Read a Bot API version."""
    version_number(value)
    return value


def joined(given: list[str]) -> list[str]:
    """Write ``--chat -1001=Штаб`` as one word: argparse would take the minus of a group for another option."""
    words: list[str] = []
    for word in given:
        if words and words[-1] == "--chat":
            words[-1] += f"={word}"
        else:
            words.append(word)
    return words


def arguments(given: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m local.telegram_stand_in", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--state", type=Path, help="SQLite file that survives a restart; memory when left out")
    parser.add_argument("--chat", type=named_chat, action="append", default=[], metavar="ID=TITLE")
    parser.add_argument("--token", action="append", default=[], metavar="ID:SECRET", help="a bot's token")
    parser.add_argument("--bot-api-version", type=version, metavar=CURRENT_VERSION, help="behave as that version")
    parser.add_argument("--no-limits", action="store_true", help="let any number of messages through")
    parser.add_argument("--time-scale", type=float, default=1.0, help="0.05: a minute's limit lasts 3 s")
    parser.add_argument("--burst", type=int, default=0, help="so many messages above each limit pass")
    return parser.parse_args(joined(given))


def main() -> int:
    """Serve until SIGTERM or SIGINT."""
    options = arguments(sys.argv[1:])
    rates = Rates(burst=options.burst, time_scale=options.time_scale, enforced=not options.no_limits)
    messenger = prepare(
        options.state,
        chats=dict(options.chat) or {int(chat_id): title for chat_id, title in STAND_IN_CHATS.values()},
        tokens=options.token or [STAND_IN_TOKEN],
        rates=rates,
        bot_api_version=options.bot_api_version,
    )
    server = Server(messenger, options.host, options.port)
    try:
        listening = server.config.bind_socket()
        listening.listen()  # from here on callers wait for an answer instead of being refused
    except SystemExit:
        return errno.EADDRINUSE
    print(f"Telegram stand-in: http://{options.host}:{options.port}/", flush=True)
    try:
        server.run([listening])
    except KeyboardInterrupt:
        return 130
    finally:
        messenger.store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
