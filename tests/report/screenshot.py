#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""screenshot.py PAGE.html OUT.png [light|dark [SCRIPT]] - a page as a browser shows it."""
import sys

from browser import Browser

with Browser(1440, 1087, dark=sys.argv[3:4] == ["dark"]) as browser:
    browser.open(sys.argv[1])
    browser.settle()
    if len(sys.argv) > 4:
        browser.run(sys.argv[4])
        browser.settle()
    browser.screenshot(sys.argv[2])
