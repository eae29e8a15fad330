"""Files are the old one or the new one, never a half, and nothing is left beside them."""

import os
from pathlib import Path

import pytest

from binder_singlenode.base import atomic


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_file_is_for_its_owner_alone_unless_said_otherwise(tmp_path: Path) -> None:
    atomic.write(tmp_path / "a", "one")
    atomic.write(tmp_path / "b", "two", 0o644)
    assert (mode(tmp_path / "a"), mode(tmp_path / "b")) == (0o600, 0o644)
    assert (tmp_path / "a").read_text() == "one"


def test_replacing_keeps_mode_and_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    atomic.replace(link, "new")
    assert (real.read_text(), mode(real), link.is_symlink()) == ("new", 0o640, True)


def test_what_fails_half_way_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        atomic.write(tmp_path / "a", "new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_line_ends_stay(tmp_path: Path) -> None:
    atomic.write(tmp_path / "a", "one\r\ntwo\n")
    assert (tmp_path / "a").read_bytes() == b"one\r\ntwo\n"
