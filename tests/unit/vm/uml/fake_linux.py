#!PYTHON
"""Stands in for the kernel: shows its disk's content on the console, then does what it is told.

A word is written into the pipe `control` in its run folder. A disk that says "end" ends it at once.
"""

import os
import sys
from pathlib import Path

given = dict(word.partition("=")[::2] for word in sys.argv[1:])
with Path(given["ubd0"]).open("rb") as disk:
    content = disk.read(100).decode().rstrip("\0")
print("Linux version 0.fake\nthe disk says:", content, flush=True)
if content == "end":
    sys.exit("Kernel panic - but not in those words")
control = Path(given["uml_dir"]) / "control"
control.unlink(missing_ok=True)
os.mkfifo(control)
with os.fdopen(os.open(control, os.O_RDWR)) as orders:  # also for writing: it has no end
    print("[  OK  ] Started \x1b[1mssh.service\x1b[0m - OpenBSD Secure Shell", flush=True)
    for order in orders:
        if "poweroff" in order:
            print("[   9.0] reboot: Power down", flush=True)
        elif "reboot" in order:
            print("[   9.0] reboot: Restarting system", flush=True)
        else:
            continue
        sys.exit()
