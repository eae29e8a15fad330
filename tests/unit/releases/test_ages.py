"""Each pin has its date, and an old one a written reason."""

from datetime import date

import pytest

from binder_singlenode.releases import ages, versions


def test_every_pin_has_the_date_of_its_version_and_an_old_one_a_reason() -> None:
    assert ages.missing_reasons(date.today()) == []


def test_a_moved_pin_needs_its_new_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "CADDY", "v99.0.0")
    assert ages.missing_reasons(date.today()) == ["caddy: no date"]


def test_an_old_pin_without_a_reason_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ages.PINS, "helm", ages.Dated(versions.HELM, date(2020, 1, 1)))
    (problem,) = ages.missing_reasons(date(2020, 4, 30) + (date(2020, 1, 2) - date(2020, 1, 1)))
    assert "helm" in problem and "121 days old" in problem
    assert ages.missing_reasons(date(2020, 4, 30)) == []


def test_each_line_names_version_and_date() -> None:
    assert any(line.startswith(f"helm {versions.HELM} of 20") for line in ages.lines())
    assert len(ages.lines()) == len(versions.pinned())
