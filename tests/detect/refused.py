# SPDX-License-Identifier: MIT
"""refused.py - the error of a rule that the specification does not allow."""


class Refused(Exception):
    """A rule that is not valid. The text is the reason."""
