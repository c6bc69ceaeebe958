"""The commands of the Makefile: listed, and clear about what is missing."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_command_is_listed_with_what_it_does():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)

    listed = re.findall(r"^make (\S+) +\S", make().stdout, re.MULTILINE)

    assert sorted(listed) == sorted(phony.split())
    assert {"demo", "test", "backfill", "check-contract"} <= set(listed)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["install", "PYTHON=no-such-python"], "error: no no-such-python on this machine"),
        (["backfill", "FROM=2026-11-01"], "error: name the days"),
        (["check-contract"], "error: name the database"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(arguments, sentence):
    done = make(*arguments)

    assert done.returncode != 0
    assert sentence in done.stderr.splitlines()[0]


def test_another_python_is_refused_before_anything_is_made(tmp_path):
    python = tmp_path / "python3.9"
    python.write_text(
        '#!/bin/sh\nexec python3 -c "import sys; sys.version_info = (3, 9, 1); '
        "import runpy; runpy.run_path('local/install.py', run_name='__main__')\"\n"
    )
    python.chmod(0o755)

    done = make("install", f"PYTHON={python}")

    assert done.returncode != 0
    assert "Python 3.11 to 3.13 is needed" in done.stderr
    assert "is 3.9" in done.stderr
