"""Runs the tests on the oldest versions that requirements.txt allows: ``python -m tests.oldest [pytest's arguments]``.

An Airflow that several teams share has pins of others. uv takes of each direct requirement the lowest version that
its bounds allow; what only the tests need stays as the lock has it. The environment is made in a temporary folder and
removed. Exit status: pytest's.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from local.install import python_in, uv_settings

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "requirements.txt"
DEVELOPMENT = ROOT / "requirements-dev.txt"
LOCK = ROOT / "requirements.lock"
# The demo and the measurements are run from the lock alone.
LEFT_OUT = ("tests/local", "tests/benchmarks")
_UV = str(Path(sys.executable).with_name("uv"))


def main() -> int:
    """Make the environment, say what is in it, run the tests there."""
    with tempfile.TemporaryDirectory(prefix="oldest_") as directory:
        python = installed(Path(directory))
        arguments = sys.argv[1:] or ["-n", "4", *(f"--ignore={room}" for room in LEFT_OUT)]
        # The packages' own files are the same for every checkout; what is compiled here is of other versions.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(Path(directory, "compiled"))}
        command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def installed(directory: Path) -> Path:
    """Make a virtual environment with the oldest versions in a folder and return its interpreter."""
    pip = [sys.executable, "-m", "pip", "config", "list"]
    configured = subprocess.run(pip, capture_output=True, text=True, check=True).stdout
    environment = {**uv_settings(configured), **os.environ}
    tools, pinned, venv = directory / "tools.txt", directory / "oldest.txt", directory / "venv"
    tools.write_text("\n".join(locked_tools()) + "\n", encoding="utf-8")
    python = python_in(venv)
    resolve = ["pip", "compile", "--resolution", "lowest-direct", "--python", sys.executable, "-o", str(pinned)]
    for arguments in (
        [*resolve, str(PACKAGE), str(tools)],
        ["venv", "--python", sys.executable, str(venv)],
        ["pip", "sync", "--compile-bytecode", "--python", str(python), str(pinned)],
    ):
        subprocess.run([_UV, *arguments, "--quiet"], env=environment, check=True)
    versions, newest = pins(pinned.read_text(encoding="utf-8")), pins(LOCK.read_text(encoding="utf-8"))
    for name in names(PACKAGE.read_text(encoding="utf-8")):
        print(f"{name:40} {versions[name]:12} the lock: {newest[name]}", flush=True)
    return python


def locked_tools() -> list[str]:
    """Return what only the tests need, each in the lock's version."""
    of_the_package = names(PACKAGE.read_text(encoding="utf-8"))
    versions = pins(LOCK.read_text(encoding="utf-8"))
    tools = [name for name in names(DEVELOPMENT.read_text(encoding="utf-8")) if name not in of_the_package]
    return [f"{name}=={versions[name]}" for name in tools]


def names(requirements: str) -> list[str]:
    """Return the names in a requirements file, in its order and as a lock spells them."""
    return [name.lower() for name in re.findall(r"^([A-Za-z][\w.-]*)", requirements, re.MULTILINE)]


def pins(lock: str) -> dict[str, str]:
    """Return each package of a lock with its version."""
    return dict(re.findall(r"^([a-z][\w.-]*)(?:\[[^]]*\])?==([^\s;]+)", lock, re.MULTILINE))


if __name__ == "__main__":
    sys.exit(main())
