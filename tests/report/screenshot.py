#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""screenshot.py PAGE.html OUT.png WIDTH HEIGHT [light|dark [SCRIPT]] - a page as a browser shows it."""
import sys

from browser import Browser

page, out, width, height, color, script = (*sys.argv[1:], *("light", "")[len(sys.argv) - 5:])
with Browser(dark=color == "dark") as browser:
    browser.resize(int(width), int(height))
    browser.open(page)
    browser.settle()
    if script:
        browser.run(script)
        browser.settle()
    browser.screenshot(out)
