"""The bootstrap: which Pythons it takes, what it installs first, and how it finds the package index."""

from __future__ import annotations

import pytest

from local import install


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_takes_the_versions_the_lock_was_made_for(version):
    assert install.python_problem(version, "python3") is None


@pytest.mark.parametrize("version", [(3, 10), (3, 14), (2, 7)])
def test_refuses_other_versions_in_one_sentence_that_says_what_to_do(version):
    problem = install.python_problem(version, "/usr/bin/python3")

    assert problem is not None
    assert f"/usr/bin/python3 is {version[0]}.{version[1]}" in problem
    assert "PYTHON=python3.12" in problem
    assert "\n" not in problem


def test_uv_comes_from_the_lock_with_its_hashes():
    lock = install.LOCK.read_text(encoding="utf-8")

    lines = install.requirement("uv", lock).splitlines()

    assert lines[0].startswith("uv==")
    assert len(lines) > 1
    assert all(line.strip().startswith("--hash=sha256:") for line in lines[1:])


def test_an_index_that_pip_knows_is_told_to_uv():
    printed = (
        ":env:.index-url='https://mirror.example.com/simple'\n"
        "global.index-url='https://other.example.com/simple'\n"
        "global.extra-index-url='https://one.example.com/simple\\nhttps://two.example.com/simple'\n"
        "global.disable-pip-version-check='1'\n"
    )

    assert install.uv_settings(printed) == {
        "UV_DEFAULT_INDEX": "https://mirror.example.com/simple",
        "UV_INDEX": "https://one.example.com/simple https://two.example.com/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


def test_without_pip_configuration_uv_is_left_alone():
    assert install.uv_settings("") == {}


def test_a_changed_lock_is_installed_again():
    assert install.fingerprint("a==1\n") != install.fingerprint("a==2\n")
