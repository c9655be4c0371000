#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""axe.py AXE.js MAKE_VIEWS - axe-core's rules of accessibility on a report, in Chromium: TAP.

light and dark, wide and narrow; with every kind of event, with a row selected, with many rows.
A finding that is serious or critical fails.
"""
import os
import subprocess
import sys
import tempfile

from browser import Browser

SELECT = "searchFor(''); if (rows.length) select(rows[Math.min(2, rows.length - 1)])"


def findings(browser):
    """Of each rule that is broken: impact, rule, the first element and what is wrong with it."""
    found = browser.wait("""
        const done = arguments[arguments.length - 1];
        axe.run(document).then((result) => done(result.violations.map((v) => [v.impact, v.id,
            v.nodes.length, v.nodes[0].html.slice(0, 120),
            v.nodes[0].failureSummary.split("\\n").slice(1, 3).join(" ")])));""")
    return [f for f in found if f[0] in ("serious", "critical")], len(found)


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        axe = f.read()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="vigil-") as where:
        for kind in ("hostile", "many"):
            page = os.path.join(where, kind + ".html")
            subprocess.run([sys.argv[2], kind, page, os.devnull], check=True)
            for color in ("light", "dark"):
                for width in (1280, 400):
                    with Browser(dark=color == "dark") as browser:
                        browser.resize(width, 1000)
                        browser.open(page)
                        browser.settle()
                        browser.run(SELECT)
                        browser.settle()
                        browser.run(axe)
                        bad, others = findings(browser)
                    failed += bool(bad)
                    for finding in bad:
                        print("#", *finding)
                    print(f"{'not ok' if bad else 'ok'} {kind}, {color}, {width} pixels "
                          f"({others - len(bad)} minor or moderate findings)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
