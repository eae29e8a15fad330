"""Kubernetes' quantities as whole numbers."""

import pytest

from binder_singlenode.cluster import quantity


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1073741824", 2**30),
        ("1Gi", 2**30),
        ("16393244Ki", 16393244 * 1024),
        ("2G", 2 * 10**9),
        ("1500m", 1),
        ("1e3", 1000),
    ],
)
def test_quantities(text: str, number: int) -> None:
    assert quantity.whole(text) == number


@pytest.mark.parametrize("text", ["", "Gi", "1GiB", "one"])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(ValueError, match="Invalid number format"):
        quantity.whole(text)
