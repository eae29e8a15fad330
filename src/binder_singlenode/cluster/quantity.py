"""Kubernetes quantities as the API server writes them ("16393244Ki", "500m", "1073741824")."""


def whole(text: str | int | None) -> int | None:
    """The number that a quantity stands for (bytes, CPUs, a count), rounded down; None stays None.

    Raises ValueError for what is not a quantity.
    """
    from kubernetes.utils.quantity import parse_quantity  # with the whole client, which takes half a second

    return None if text is None else int(parse_quantity(str(text)))  # type: ignore[no-untyped-call]
