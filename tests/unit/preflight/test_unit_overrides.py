"""Files by which somebody changes a unit: found where systemd reads them, and named."""

import subprocess
from pathlib import Path

from binder_singlenode.layout import drop_ins
from binder_singlenode.preflight import facts
from binder_singlenode.preflight.rules import unit_overrides


def told(tmp_path: Path, files: dict[str, str]) -> list[str]:
    """What the query prints on a host with these files."""
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    script = drop_ins.script()
    for folder in sorted(drop_ins.FOLDERS, key=len, reverse=True):
        script = script.replace(f" {folder}/", f" {tmp_path}{folder}/")
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    return [line.removeprefix(str(tmp_path)) for line in done.stdout.splitlines()]


def test_files_of_every_folder_are_found_with_their_settings(tmp_path: Path) -> None:
    files = {
        "etc/systemd/system/k3s.service.d/override.conf": "[Service]\n# a\nExecStart=\nExecStart=/bin/x\n",
        "etc/systemd/system.control/binderbuilds.slice.d/50-MemoryMax.conf": "[Slice]\nMemoryMax=1G\n",
        "run/systemd/system/binder-entry.service.d/a.conf": "[Service]\nEnvironment=A=b\nNice = 9\n",
        "etc/systemd/system/nginx.service.d/a.conf": "[Service]\nExecStart=/bin/x\n",
        "etc/systemd/system/k3s.service.d/a.conf.moved-by-binder": "[Service]\nExecStart=/bin/x\n",
    }
    found = {each.unit: each for each in drop_ins.parse(told(tmp_path, files))}
    assert set(found) == {"k3s.service", "binderbuilds.slice", "binder-entry.service"}
    assert found["k3s.service"].settings == ("ExecStart",)
    assert found["binderbuilds.slice"].decisive == ("MemoryMax",)
    assert found["binder-entry.service"].decisive == ()
    assert found["binder-entry.service"].settings == ("Environment", "Nice")


def test_each_is_a_warning_that_says_what_up_does() -> None:
    lines = [
        "##binder text unit overrides",
        "/etc/systemd/system/k3s.service.d/a.conf:ExecStart=/bin/x",
        "/etc/systemd/system/k3s.service.d/b.conf:Environment=A=b",
    ]
    taken, left = unit_overrides.overrides(facts.parse("\n".join(lines), 0))
    assert not taken.fatal and not left.fatal
    assert taken.what == "/etc/systemd/system/k3s.service.d/a.conf changes ExecStart of k3s.service"
    assert "`up` moves it to /etc/systemd/system/k3s.service.d/a.conf.moved-by-binder" in taken.remedy
    assert "`up` leaves it" in left.remedy


def test_a_host_without_any_is_quiet(tmp_path: Path) -> None:
    assert told(tmp_path, {}) == []
