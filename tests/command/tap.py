# SPDX-License-Identifier: MIT
"""tap.py - runs the test functions of a module, for any user; their output is TAP."""
import os
import sys
import tempfile
import traceback

VIGIL = os.environ["VIGIL"]


def run(functions):
    """Runs each function whose name begins with test_, in a separate directory."""
    failed = 0
    for name, function in list(functions.items()):
        if not name.startswith("test_"):
            continue
        with tempfile.TemporaryDirectory(prefix="vigil-") as directory:
            try:
                function(directory)
                verdict = "ok"
            except Exception:  # a test may fail in any way
                traceback.print_exc(file=sys.stdout)
                verdict = "not ok"
                failed += 1
        print(f"{verdict} {function.__doc__}", flush=True)
    sys.exit(1 if failed else 0)
