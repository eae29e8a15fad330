"""Sizes and times: what each program reads, and what it refuses."""

import pytest

from binder_singlenode.base.units import (
    UnitError,
    human_bytes,
    parse_duration_s,
    parse_jupyterhub_bytes,
    parse_kubernetes_bytes,
)
from binder_singlenode.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [("1K", 1024), ("450M", 450 * 1024**2), ("1G", 1024**3), ("1.5G", 3 * 1024**3 // 2), ("2T", 2 * 1024**4)],
)
def test_jupyterhub_units_are_powers_of_1024(text: str, bytes_: int) -> None:
    assert parse_jupyterhub_bytes(text) == bytes_


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [
        ("1k", 1000),
        ("1Ki", 1024),
        ("2G", 2 * 1000**3),
        ("2Gi", 2 * 1024**3),
        ("0.5Gi", 1024**3 // 2),
        ("1T", 1000**4),
        ("512Mi", 512 * 1024**2),
    ],
)
def test_kubernetes_units_tell_powers_of_1000_from_1024(text: str, bytes_: int) -> None:
    assert parse_kubernetes_bytes(text) == bytes_


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("12h", 43200), ("1d", 86400), ("1h30m", 5400), ("1d2h3m4s", 93784)],
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration_s(text) == seconds


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1GB", 'did you mean "1G"? JupyterHub has K, M, G, T, and 1G = 1024^3 bytes'),
        ("1Gi", 'did you mean "1G"? JupyterHub has K, M, G, T, and 1G = 1024^3 bytes'),
        ("1.5gib", 'did you mean "1.5G"? JupyterHub has K, M, G, T, and 1G = 1024^3 bytes'),
        ("512m", 'did you mean "512M"? JupyterHub has K, M, G, T, and 1G = 1024^3 bytes'),
        ("1 G", 'did you mean "1G"? JupyterHub has K, M, G, T, and 1G = 1024^3 bytes'),
        ("512", 'give a unit: "512M" or "512G" (K, M, G, T; 1G = 1024^3 bytes)'),
        ("lots", 'write a number and K, M, G or T, as in "512M" or "1.5G" (1G = 1024^3 bytes)'),
        ("-1G", 'write a number and K, M, G or T, as in "512M" or "1.5G" (1G = 1024^3 bytes)'),
        ("", 'write a number and K, M, G or T, as in "512M" or "1.5G" (1G = 1024^3 bytes)'),
    ],
)
def test_wrong_jupyterhub_units_are_explained(text: str, hint: str) -> None:
    with pytest.raises(UnitError) as caught:
        parse_jupyterhub_bytes(text)
    assert caught.value.message == f'"{text}" is not a size in JupyterHub\'s units'
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2GB", 'did you mean "2G" (powers of 1000) or "2Gi" (powers of 1024)?'),
        ("2g", 'did you mean "2G" (powers of 1000) or "2Gi" (powers of 1024)?'),
        ("2K", 'did you mean "2k" (powers of 1000) or "2Ki" (powers of 1024)?'),
        ("2GiB", 'did you mean "2Gi"?'),
        ("2gi", 'did you mean "2Gi"?'),
        ("512m", 'in Kubernetes "m" means thousandths: did you mean "512M" or "512Mi"?'),
        ("512", 'give a unit: "512M", "512Gi" (1G = 1000^3 bytes, 1Gi = 1024^3 bytes)'),
        ("1e9", 'write a number and a unit, as in "512Mi" or "2G" (1G = 1000^3 bytes, 1Gi = 1024^3 bytes)'),
    ],
)
def test_wrong_kubernetes_units_are_explained(text: str, hint: str) -> None:
    with pytest.raises(UnitError) as caught:
        parse_kubernetes_bytes(text)
    assert caught.value.message == f'"{text}" is not a size in Kubernetes\' units'
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("10", 'give a unit: "10s", "10m" or "10h"'),
        ("10min", 'did you mean "10m"?'),
        ("2 hours", 'did you mean "2h"?'),
        ("2D", 'did you mean "2d"?'),
        ("1.5h", 'write whole numbers and d, h, m, s, largest first, as in "90s", "10m" or "1h30m"'),
        ("30m1h", 'write whole numbers and d, h, m, s, largest first, as in "90s", "10m" or "1h30m"'),
        ("", 'write whole numbers and d, h, m, s, largest first, as in "90s", "10m" or "1h30m"'),
    ],
)
def test_wrong_durations_are_explained(text: str, hint: str) -> None:
    with pytest.raises(UnitError) as caught:
        parse_duration_s(text)
    assert caught.value.message == f'"{text}" is not a time'
    assert caught.value.hint == hint


@pytest.mark.parametrize("text", ["１G", "1G\n", "9" * 400 + "G", "1" * 10**6, "1\x1b[2JG"])
def test_a_hostile_size_is_refused_in_one_short_line(text: str) -> None:
    for parse in (parse_jupyterhub_bytes, parse_kubernetes_bytes, parse_duration_s):
        with pytest.raises(UnitError) as caught:
            parse(text)
        assert len(caught.value.message) < 150
        assert caught.value.message.isprintable()


def test_a_unit_error_is_an_expected_failure_of_the_product() -> None:
    assert issubclass(UnitError, ConfigError)


@pytest.mark.parametrize(
    ("bytes_", "text"),
    [
        (0, "0 B"),
        (512, "512 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536 * 1024**2, "1.5 GiB"),
        (1024**3 - 1, "1 GiB"),
        (8 * 1024**4, "8 TiB"),
        (-1536, "-1.5 KiB"),
        (5 * 1024**6, "5120 PiB"),
    ],
)
def test_bytes_for_people(bytes_: int, text: str) -> None:
    assert human_bytes(bytes_) == text
