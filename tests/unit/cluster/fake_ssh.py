"""Stands in for `ssh` in tests of the checks: answers commands from a table, and notes what was asked.

FAKE_SSH_TABLE: JSON list of [regular expression, exit code, output, error output]; the last match wins.
"""

import json
import os
import re
import shlex
import sys
from pathlib import Path

command = sys.argv[-1]
folder = Path(os.environ["FAKE_SSH_TABLE"])
with (folder / "asked").open("a") as asked:
    asked.write(json.dumps({"command": command, "argv": sys.argv[1:-1], "input": sys.stdin.read()}) + "\n")
inner = shlex.split(command)[-1].split("; ", 1)[1]  # sh -c "PATH=...; the command"
for pattern, code, out, err in reversed(json.loads((folder / "table").read_text())):
    if re.search(pattern, inner):
        sys.stdout.write(out)
        sys.stderr.write(err)
        sys.exit(code)
sys.stderr.write(f"fake ssh: nothing known about {inner}\n")
sys.exit(127)
