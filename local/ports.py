"""Ports of this machine: whether one is free, and the sentence when it is not."""

from __future__ import annotations

import os
import socket

from local.demo_error import DemoError

LOOPBACK = "127.0.0.1"


class PortError(DemoError):
    """A port cannot be used; the message says which, whose it was meant to be and what to do."""


def chosen(variable: str, default: int) -> int:
    """Return the port named by an environment variable; raise PortError when that is no port."""
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:
        raise PortError(f"{variable}={text} is no port: give a number from 1024 to 65535.")
    return int(text)


def require_free(port: int, what: str, variable: str) -> None:
    """Raise PortError when something already listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            raise PortError(
                f"Port {port}, meant for {what}, is taken by another program: "
                f"stop that program or choose another port, for example `make demo {variable}={port + 1000}`."
            ) from None
