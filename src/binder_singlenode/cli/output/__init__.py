"""Output of commands: tables for people, JSON for programs, progress.

Data goes to stdout: a table, or JSON. Messages go to stderr. Progress is one live line on a terminal and
plain lines in a pipe (progress.py).
"""

from binder_singlenode.cli.output.checks import print_conclusion, print_report, report_data
from binder_singlenode.cli.output.console import print_rows, stderr, to_plain
from binder_singlenode.cli.output.plan import plan_data, print_plan
from binder_singlenode.cli.output.removal import removal_lines
from binder_singlenode.cli.output.status import print_status, status_data

__all__ = [
    "plan_data",
    "print_conclusion",
    "print_plan",
    "print_report",
    "print_rows",
    "print_status",
    "removal_lines",
    "report_data",
    "status_data",
    "stderr",
    "to_plain",
]
