#!/usr/bin/env python3
"""Makes the comment on a pull request of what `terraform plan` says.

    plan_comment.py ENVIRONMENT STATUS < PLAN

STATUS is terraform's with -detailed-exitcode: 0 for no changes, 2 for changes, else an error.
"""

import re
import sys

# GitHub takes 65,536 characters.
MAX_CHARACTERS = 60_000


def comment(environment: str, status: int, plan: str) -> str:
    """The comment in Markdown."""
    plan = re.sub(r"\x1b\[[0-9;]*m", "", plan).strip()
    summary = re.search(r"^Plan: .*\.$", plan, re.MULTILINE)
    match status:
        case 0:
            heading = "no changes"
        case 2:
            heading = summary[0].removeprefix("Plan: ").rstrip(".") if summary else "changes to outputs only"
        case _:
            heading = "the plan failed"
    if len(plan) > MAX_CHARACTERS:
        # The end has the summary, or the error.
        plan = f"... the first {len(plan) - MAX_CHARACTERS} characters are in the job's log\n{plan[-MAX_CHARACTERS:]}"
    # No run of backticks in the plan can end the block.
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", plan)), 3)
    opened = " open" if status not in (0, 2) else ""
    return (
        f"### Terraform, {environment}: {heading}\n\n"
        f"<details{opened}><summary>The plan</summary>\n\n{fence}\n{plan}\n{fence}\n\n</details>\n"
    )


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[2].isdigit():
        sys.exit(__doc__)
    print(comment(sys.argv[1], int(sys.argv[2]), sys.stdin.read()), end="")
