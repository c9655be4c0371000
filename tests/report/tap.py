# SPDX-License-Identifier: MIT
"""tap.py - runs the tests of a module: functions whose names begin with test_."""
import sys
import traceback


def run(functions, *arguments):
    """Of each the docstring is its name in the output, which is TAP. Returns the exit status."""
    failed = 0
    for name, function in list(functions.items()):
        if not name.startswith("test_"):
            continue
        try:
            function(*arguments)
            print("ok " + function.__doc__)
        except Exception:  # a test may fail in any way
            traceback.print_exc(file=sys.stdout)
            print("not ok " + function.__doc__)
            failed += 1
    return 1 if failed else 0
