"""What the demo keeps to its owner: secrets that are made once, and every other file too."""

from __future__ import annotations

import json
import os
import secrets
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ADMIN = "admin"


def keep_private() -> None:
    """Let nobody but their owner read the files that this process and its children make from now on.

    The chats' state, PostgreSQL's log and Airflow's logs hold what the messages say.
    """
    os.umask(0o077)


def write_private(path: Path, text: str) -> None:
    """Write a file with mode 0600 from its first moment on."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)


def airflow_keys(path: Path) -> dict[str, str]:
    """Return Airflow's keys by the name of their setting, making them on first use."""
    if not path.exists():
        keys = {
            "AIRFLOW__CORE__FERNET_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(32),
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(64),
        }
        write_private(path, json.dumps(keys))
    return dict(json.loads(path.read_text(encoding="utf-8")))


def admin_password(path: Path) -> str:
    """Return the password of Airflow's user ``admin``, making it on first use.

    The file is the one SimpleAuthManager reads: a JSON object of passwords by user name.
    """
    if not path.exists():
        write_private(path, json.dumps({ADMIN: secrets.token_urlsafe(12)}))
    return str(json.loads(path.read_text(encoding="utf-8"))[ADMIN])
