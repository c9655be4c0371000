# SPDX-License-Identifier: MIT
"""logic.py - Kleene's logic of three values: True, False and None, which is unknown; and the
values of an event that are not plain."""


class Unknown:
    """The event may have the field; its value is not known."""


class Cut:
    """A text of which only the beginning is known."""

    def __init__(self, text):
        self.text = text


def not_(a):
    return None if a is None else not a


def any_(results):
    results = list(results)
    return True if True in results else None if None in results else False


def all_(results):
    return not_(any_(map(not_, results)))
