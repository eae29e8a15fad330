"""What the rules of the preflight yield."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what, where, what to do. `fatal` False: it goes on, with a warning."""

    what: str
    where: str
    remedy: str
    fatal: bool = True
