"""One demo per directory: a lock that ends with the process that holds it, however that ends."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local.demo_error import DemoError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock file; raise DemoError when another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)  # also where an earlier version made it
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(
                "The demo is already running from this directory: use that one, or stop it with Ctrl-C first."
            ) from None
        yield
