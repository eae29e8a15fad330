"""The result type of the preflight's rules."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One problem: what is wrong, where, and the remedy. `fatal` False: a warning, the run continues."""

    what: str
    where: str
    remedy: str
    fatal: bool = True
