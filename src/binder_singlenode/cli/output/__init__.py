"""What people see and programs read.

stdout is data: a table for people, or JSON. stderr is talk: progress, as one live line on a terminal and as
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
