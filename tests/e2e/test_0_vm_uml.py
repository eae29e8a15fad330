"""The life of a VM in user-mode Linux, and what only that kind has to keep."""

import shlex
from pathlib import Path

import pytest

from binder_singlenode.vm import Vm
from binder_singlenode.vm.local import engine, process

from .helpers.vm_life import *  # noqa: F403
from .helpers.vm_life import NAME, inside

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(3600)]

ENGINE = "uml"


def test_its_network_is_a_loopback_device(vm: Vm) -> None:
    """By construction: whatever the guest sends, there is no card of this computer to send it by."""
    supervisor = engine.engine("uml").find(NAME)
    assert supervisor is not None
    children = process.children(supervisor.pid)
    assert len(children) == 2, "passt and the kernel"
    for pid in children:
        lines = Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]
        assert [line.split(":")[0].strip() for line in lines] == ["lo"]


_MANY_PAGES = """
use strict; my ($pages, $page, $step) = (80000, 4096, 3);
open(my $file, "+>", "/root/pattern"); binmode $file;
syswrite $file, join("", map { chr($_ % 251) } 0 .. $pages - 1);
my $start = syscall(9, 0, $pages * $step * $page, 3, 0x4022, -1, 0);    # mmap, private, not reserved
my $wrong = 0;
syscall(17, fileno($file), $start + $_ * $step * $page, 1, $_) == 1 or $wrong++ for 0 .. $pages - 1;
for my $round (1 .. 2) {
    for (0 .. $pages - 1) {
        $wrong++ if ord(unpack("P1", pack("Q", $start + $_ * $step * $page))) != $_ % 251;
    }
}
print "$wrong wrong";
"""


def test_a_process_with_more_mappings_than_this_computer_allows_one(vm: Vm) -> None:
    """User-mode Linux maps each page by itself here: 80,000 pages, none beside another."""
    assert inside(vm, f"timeout 120 perl -e {shlex.quote(_MANY_PAGES)}") == "0 wrong"
