"""With the shared store registry and build cache are no shares of their own: they lie among the images."""

import pytest

from binder_singlenode.base.units import GIB
from binder_singlenode.cli.output.status import share_line
from binder_singlenode.health import disk_shares
from binder_singlenode.layout.shares import Share
from binder_singlenode.sizing import disk_record
from binder_singlenode.sizing.disk import (
    BUDGET_PERCENT,
    PERCENT,
    SHARED_PERCENT,
    DiskBudget,
    FileSystem,
    percent_of,
)

ONE = (FileSystem("/", 100 * GIB),)
CACHE_APART = (
    FileSystem("/", 100 * GIB, tuple(share for share in Share if share is not Share.BUILD_CACHE)),
    FileSystem("/var/lib/dind", 500 * GIB, (Share.BUILD_CACHE,)),
)
RECORD = disk_record.parse(["1700000000 images=50 registry=0 build-cache=0 logs=1 state=1"])


def budget_text(split: DiskBudget) -> str:
    """As it is placed on the host."""
    return "".join(f"{share.upper().replace('-', '_')}_BYTES={split.bytes_of(share)}\n" for share in Share)


def test_both_shares_are_the_images() -> None:
    beside, shared = DiskBudget(ONE), DiskBudget(ONE, percent_of("shared"))
    merged = (Share.IMAGES, Share.REGISTRY, Share.BUILD_CACHE)
    assert shared.bytes_of(Share.IMAGES) == pytest.approx(sum(map(beside.bytes_of, merged)), abs=3)
    assert shared.bytes_of(Share.REGISTRY) == shared.bytes_of(Share.BUILD_CACHE) == 0
    assert sum(SHARED_PERCENT.values()) == BUDGET_PERCENT
    assert shared.image_gc_high_percent == beside.image_gc_high_percent


def test_dockerd_keeps_what_the_cache_would_have_beside_a_registry() -> None:
    shared = DiskBudget(ONE, percent_of("shared"))
    assert shared.shared_cache_bytes == pytest.approx(DiskBudget(ONE).bytes_of(Share.BUILD_CACHE), abs=3)
    assert shared.shared_cache_bytes < shared.bytes_of(Share.IMAGES) // 3


def test_a_disk_for_the_builder_alone_is_no_measure_for_what_lies_among_the_images() -> None:
    shared = DiskBudget(CACHE_APART, percent_of("shared"))
    assert shared.shared_cache_bytes < 0.78 * 100 * GIB * PERCENT[Share.BUILD_CACHE] / 60
    assert shared.promised_bytes(CACHE_APART[1]) == 0


def test_status_shows_what_there_is() -> None:
    """A share of nothing is neither shown nor complained about, whatever the other store has left."""
    text = budget_text(DiskBudget(ONE, percent_of("shared")))
    assert set(disk_shares.budgets(text)) == {Share.IMAGES, Share.LOGS, Share.STATE}
    uses = disk_shares.shares(text, RECORD)
    assert [use.name for use in uses] == [Share.IMAGES, Share.LOGS, Share.STATE]
    assert all("days until full: unknown yet" in share_line(use) for use in uses)
    assert len(disk_shares.shares(budget_text(DiskBudget(ONE)), RECORD)) == len(Share)
