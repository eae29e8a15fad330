"""Entry point: run cli/main.py, which prints errors and chooses the exit code.

Exit codes: 0; 1 expected failure; 2 usage; 3 bug (log file named); 130 Ctrl-C.
"""

import gc
import sys

from binder_singlenode.cli.main import run


def main() -> None:
    """Console entry point."""
    # Objects that imports create stay alive. Searching them for garbage after every 700 new objects, and once
    # more at exit, takes a fifth of a short run.
    gc.set_threshold(100_000)
    code = run(sys.argv[1:])
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    main()
