# SPDX-License-Identifier: MIT
"""tap.py - runs the test functions of a module, for any user; their output is TAP."""
import concurrent.futures
import os
import sys
import tempfile
import traceback

VIGIL = os.environ["VIGIL"]


def _run_one(function):
    """Returns whether it passed, and its output."""
    with tempfile.TemporaryDirectory(prefix="vigil-") as directory:
        try:
            function(directory)
            return True, f"ok {function.__doc__}"
        except Exception:  # a test may fail in any way
            return False, f"{traceback.format_exc()}not ok {function.__doc__}"


def run(functions, at_once=1):
    """Runs each function whose name begins with test_, in a separate directory; several at once if
    they mostly wait."""
    chosen = [function for name, function in functions.items() if name.startswith("test_")]
    passed = True
    with concurrent.futures.ThreadPoolExecutor(at_once) as threads:
        for fine, text in threads.map(_run_one, chosen):
            print(text, flush=True)
            passed = passed and fine
    sys.exit(0 if passed else 1)
