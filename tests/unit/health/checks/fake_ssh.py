"""Stands in for `ssh` in tests of the checks: answers commands from a table, and notes what was asked.

FAKE_SSH_TABLE: a folder; its `table` is a JSON list of [regular expression, exit code, output, error output].
The last match wins. @now@ in an output is the time of the answer: on a busy machine a run takes long.
"""

import json
import os
import re
import shlex
import sys
import time
from pathlib import Path

command = sys.argv[-1]
folder = Path(os.environ["FAKE_SSH_TABLE"])
with (folder / "asked").open("a") as asked:
    asked.write(json.dumps({"command": command, "argv": sys.argv[1:-1], "input": sys.stdin.read()}) + "\n")
inner = shlex.split(command)[-1].split("; ", 2)[2]  # sh -c "umask ...; export ...; the command"
for pattern, code, out, err in reversed(json.loads((folder / "table").read_text())):
    if re.search(pattern, inner):
        sys.stdout.write(out.replace("@now@", f"{time.time():.0f}"))
        sys.stderr.write(err)
        sys.exit(code)
sys.stderr.write(f"fake ssh: nothing known about {inner}\n")
sys.exit(127)
