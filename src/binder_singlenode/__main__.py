"""The program's start: call the edge, which prints errors and chooses the exit code.

Exit codes: 0; 1 expected failure; 2 usage; 3 bug (log file named); 130 Ctrl-C.
"""

import sys

from binder_singlenode.edge import run


def main() -> None:
    """Console entry point."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
