#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py - the tests under Wine, on a fresh prefix.

	run.py [TIMES]

TIMES repeats all of it, each time on another prefix.
"""
import sys
import time

import bare
import block
import command
import driver
import ending
import etw
import eventlog
import look
import msi
import service
import shown
import top
import unread
import wine

PARTS = (bare, service, msi, driver, shown, top, command, block, etw, eventlog, look, unread, ending)


def run_once():
    begun = time.monotonic()
    w = wine.Wine()
    try:
        w.begin()
        print(f"    Wine is up after {time.monotonic() - begun:.1f} s")
        return sum(wine.run(part, w) for part in PARTS)
    finally:
        w.end()


def main():
    failed = sum(run_once() for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
