"""The program's edge: patch gevent first, call the cli, print errors, choose the exit code.

Exit codes: 0; 1 expected failure; 2 usage; 3 bug (log file named); 130 Ctrl-C.
"""

import sys

# These commands drive pyinfra, which needs gevent's patches before anything else is imported: without
# them its timeouts are ignored and a large stderr hangs it. The others start 0.2 s sooner without.
_PATCHED_COMMANDS = frozenset({"up", "plan", "check", "down", "size"})


def _patch_gevent(arguments: list[str]) -> None:
    """Patch the standard library when the command on the line will talk to a host through pyinfra."""
    if _PATCHED_COMMANDS.isdisjoint(arguments) or "--help" in arguments:
        return
    from gevent import monkey

    monkey.patch_all()  # type: ignore[no-untyped-call]


def main() -> None:
    """Console entry point."""
    _patch_gevent(sys.argv[1:])
    from binder_singlenode.edge import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
