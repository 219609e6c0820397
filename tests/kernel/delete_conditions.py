"""Delete each side condition of each rule in turn, print how many cases notice; exit status 1 if one is not missed."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from kernelkit.deleting import sites
from kernelkit.suite import noticed_condition, noticed_site

from twinproof.proofs.kernel.rules import RULES


def main() -> int:
    unnoticed = 0
    for rule, row in RULES.items():
        for condition in row.conditions:
            count = noticed_condition(rule, condition)
            unnoticed += not count
            sys.stdout.write(f"{rule:15} {condition:13} {count:3} noticed" + ("" if count else "   NOT MISSED") + "\n")
    for site in sites():
        count = noticed_site(site)
        unnoticed += not count
        sys.stdout.write(
            f"{site.module + '.py':15} line {site.line:<8} {count:3} noticed"
            + ("" if count else "   NOT MISSED")
            + "\n"
        )
    sys.stdout.write(f"{unnoticed} not missed\n")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
