# SPDX-License-Identifier: MIT
"""values.py - the values of a Sigma rule and its value modifiers, evaluated one by one.

Slow and plain on purpose: this is what the engine in lib/detect is compared with. A text is a
list of elements, each a character, ANY (*), ONE (?) or DASH (one of the five of windash); it is
matched through a regular expression of Python made from them.
"""
import base64
import datetime
import ipaddress
import itertools
import re

from refused import Refused

ANY, ONE, DASH = "any", "one", "dash"  # longer than a character
DASHES = "-/\u2013\u2014\u2015"
ENCODINGS = ("base64", "base64offset", "wide", "utf16le", "utf16be", "utf16")
COMPARISONS = {"lt": lambda a, b: a < b, "lte": lambda a, b: a <= b,
               "gt": lambda a, b: a > b, "gte": lambda a, b: a >= b}
TIMES = ("minute", "hour", "day", "week", "month", "year")
NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\Z", re.ASCII)


def fold(text):
    """Simple case folding of Unicode: one code point for one."""
    def folded(c):
        if len(c.casefold()) == 1:
            return c.casefold()
        return c.lower() if len(c.lower()) == 1 else c
    return "".join(map(folded, text))


def number(text):
    """The number that a text is, or None: an exact integer, or a double."""
    if re.fullmatch(r"0x[0-9a-fA-F]+|0o[0-7]+", text):
        return int(text[2:], 16 if text[1] == "x" else 8)
    if not NUMBER.match(text):
        return None
    return int(text) if re.fullmatch(r"[-+]?[0-9]+", text) else float(text)


def parse(text, percent=False):
    """The elements of a value: \\ escapes *, ? and itself (and % if that is special), else it
    is a plain character. With percent, names between two % become ("placeholder", name)."""
    elements = []
    i = 0
    while i < len(text):
        c, after = text[i], text[i + 1:i + 2]
        if c == "\\" and after and after in "*?\\" + ("%" if percent else ""):
            elements.append(after)
            i += 2
            continue
        name = re.match(r"%([A-Za-z0-9_.-]+)%", text[i:]) if percent else None
        if name:
            elements.append(("placeholder", name.group(1)))
            i += name.end()
            continue
        elements.append(ANY if c == "*" else ONE if c == "?" else c)
        i += 1
    return elements


def encoded(elements, code):
    """Element lists with runs of characters replaced by what code makes of them."""
    made = []
    for wild, run in itertools.groupby(elements, lambda e: len(e) > 1):
        made += list(run) if wild else characters(code("".join(run)))
    return made


def expand_dashes(elements):
    """All texts that the DASHes of an element list stand for."""
    choices = [DASHES if e == DASH else [e] for e in elements]
    return [list(choice) for choice in itertools.product(*choices)]


def characters(data):
    """Bytes as characters. What is not UTF-8 becomes characters that no event has."""
    return list(data.decode("utf-8", "surrogateescape"))


def offsets(data):
    """The part of the Base64 text of data that does not depend on what surrounds data, for
    each of three positions: a Base64 character is 6 bits, a byte is 8."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + data + b"\0\0").decode()
        static = text[(before * 8 + 5) // 6:(before + len(data)) * 8 // 6]
        if not static:
            raise Refused("a value of base64offset is too short")
        yield static


def encode(name, elements):
    """A list of element lists: the value in another encoding."""
    if name.startswith("base64") and (ANY in elements or ONE in elements):
        raise Refused("a wildcard in Base64")
    made = []
    for choice in expand_dashes(elements):
        if name == "base64":
            data = "".join(choice).encode("utf-8", "surrogateescape")
            made.append(list(base64.b64encode(data).decode()))
        elif name == "base64offset":
            data = "".join(choice).encode("utf-8", "surrogateescape")
            made.extend(list(static) for static in offsets(data))
        else:
            order = "utf-16-be" if name == "utf16be" else "utf-16-le"
            mark = characters(b"\xff\xfe") if name == "utf16" else []
            made.append(mark + encoded(choice, lambda text: text.encode(order, "replace")))
    return made


def expand(elements, placeholders):
    """A list of element lists with every placeholder replaced by each of its values."""
    choices = []
    for element in elements:
        if isinstance(element, tuple):
            if not placeholders.get(element[1]):
                raise Refused(f"placeholder {element[1]} is not defined")
            choices.append([parse(value) for value in placeholders[element[1]]])
        else:
            choices.append([[element]])
    return [sum(choice, []) for choice in itertools.product(*choices)]


def around(form, elements):
    """The wildcards that contains, startswith and endswith mean."""
    before = [ANY] if form in ("contains", "endswith") else []
    after = [ANY] if form in ("contains", "startswith") else []
    return before + elements + after


def text_matches(elements, text, cased):
    """Whether a whole text matches elements."""
    pattern = ""
    for element in elements:
        if element == ANY:
            pattern += "(?:.*)"
        elif element == ONE:
            pattern += "."
        elif element == DASH:
            pattern += f"[{DASHES}]"
        else:
            pattern += re.escape(element if cased else fold(element))
    return re.fullmatch(pattern, text if cased else fold(text), re.DOTALL) is not None


def network(text):
    """The network of a CIDR notation."""
    if not re.fullmatch(r"[0-9a-fA-F:.]+(/[0-9]{1,3})?", text, re.ASCII):
        raise Refused(f"{text} is not a CIDR notation")
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise Refused(str(error)) from error


def address(text):
    """The address that a text is, or None."""
    if not re.fullmatch(r"[0-9a-fA-F:.]+", text, re.ASCII):
        return None
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def time_part(name, text):
    """The number that a time modifier extracts from a date, or None."""
    found = re.match(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d))?", text, re.ASCII)
    if not found:
        return None
    try:
        day = datetime.date(*map(int, found.groups()[:3]))
    except ValueError:
        return None
    clock = found.group(4) and (int(found.group(4)), int(found.group(5)))
    if clock and (clock[0] > 23 or clock[1] > 59):
        return None
    if name in ("hour", "minute"):
        return clock[name == "minute"] if clock else None
    if name == "week":
        return day.isocalendar()[1]
    return getattr(day, name)


def several(value):
    """The values of a field."""
    return value if isinstance(value, list) else [value]


def event_text(value):
    """The text of an event's value, which is not null."""
    return value if isinstance(value, str) else str(value)
