"""The Dockerfile, as far as it can be held against the project without building it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from local.install import requirement

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
INSTRUCTIONS = [line.split(maxsplit=1) for line in TEXT.splitlines() if line and not line.startswith("#")]


def copied() -> list[str]:
    """Return the sources of all COPY instructions."""
    copies = [rest.split() for name, rest in INSTRUCTIONS if name == "COPY"]
    return [word for words in copies for word in words[:-1] if not word.startswith("--")]


def test_everything_that_is_copied_exists_and_is_sent_to_the_builder():
    sent = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))

    assert {"plugins", "include", "dags", "requirements.txt"} <= set(copied())
    assert [source for source in copied() if not (ROOT / source).exists() or source not in sent] == []


def test_the_image_has_the_airflow_of_the_lock_and_is_not_run_by_root():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    version = requirement("apache-airflow", lock).split()[0].partition("==")[2]

    assert INSTRUCTIONS[0] == ["FROM", f"apache/airflow:{version}-python3.11"]
    assert [rest for name, rest in INSTRUCTIONS if name == "USER"] == ["airflow"]


def test_the_requirements_resolve_under_the_lock_without_asking_an_index():
    """Every direct dependency and all that it needs is in this environment, which was installed from the lock."""
    (install,) = (rest for name, rest in INSTRUCTIONS if name == "RUN")
    assert install.split()[:3] == ["uv", "pip", "install"]
    uv = Path(sys.executable).with_name("uv")
    command: list[str | Path] = [uv, "pip", "install", "--dry-run", "--offline", "--python", sys.executable]
    command += ["--constraint", ROOT / "requirements.lock", "--requirement", ROOT / "requirements.txt"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "Would make no changes" in done.stderr or "Checked" in done.stderr
