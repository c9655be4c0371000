#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_unicode.py - the library's table of characters against this Python's unicodedata.

usage: check_unicode.py TOOLS UNICODE_CLASSES...
"""
import re
import subprocess
import sys
import unicodedata

sys.path.insert(0, sys.argv[1])
import unicode as generator  # tools/unicode.py

classes = subprocess.run(sys.argv[2:], capture_output=True, check=True, text=True).stdout
assert len(classes) == 0x110000, len(classes)
with open(sys.argv[1] + "/../lib/core/unicode_table.h", encoding="ascii") as table:
    version = re.search(r'UNICODE_VERSION "([\d.]+)"', table.read()).group(1)
same = version == unicodedata.unidata_version

wrong = []
for code in range(0x110000):
    found, wanted = int(classes[code]), generator.class_of(code)
    # Another version of Unicode has assigned more.
    unassigned = unicodedata.category(chr(code)) == "Cn" or found == generator.HIDDEN
    if found != wanted and (same or not unassigned):
        wrong.append(f"U+{code:04X}: {found}, not {wanted}")
    # Whatever the generator thinks: nothing with a category of these is ever shown.
    if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") and found:
        wrong.append(f"U+{code:04X}: shown")
print(f"Unicode {version}, Python's {unicodedata.unidata_version}: {len(wrong)} differ")
print("\n".join(wrong[:20]))
sys.exit(1 if wrong else 0)
