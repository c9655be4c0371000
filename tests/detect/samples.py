# SPDX-License-Identifier: MIT
"""samples.py - texts that values of a rule match, to make events on which verdicts differ."""
import base64
import ipaddress
import sre_parse

import values

OTHERS = ["", "x", "\\", " ", "cmd.exe", "-", "/", "*", "?", "\u00e9", "\u65e5", "Z9"]


def swap_case(random, text):
    """The text with letters in another case, where that is one code point."""
    def swapped(c):
        other = c.upper() if c != c.upper() else c.lower()
        return other if len(other) == 1 and random.random() < 0.5 else c
    return "".join(map(swapped, text))


def of_elements(random, elements):
    """A text that element lists of values.py match, apart from case."""
    text = ""
    for element in elements:
        if element == values.ANY:
            text += random.choice(OTHERS) if random.random() < 0.5 else ""
        elif element == values.ONE:
            text += random.choice("aZ\\*?\u00e9\U0001f600 -")
        elif element == values.DASH:
            text += random.choice(values.DASHES)
        elif isinstance(element, tuple):
            text += "%" + element[1] + "%"
        else:
            text += element
    return text


def of_class(random, members):
    """A character of a class of a regular expression."""
    negated = members[0][0] is sre_parse.NEGATE
    members = members[1:] if negated else members

    def inside(c):
        return any((kind is sre_parse.LITERAL and argument == ord(c)) or
                   (kind is sre_parse.RANGE and argument[0] <= ord(c) <= argument[1]) or
                   (kind is sre_parse.CATEGORY and of_category(argument, c))
                   for kind, argument in members)
    candidates = [chr(c) for c in range(32, 127)] + ["\t", "\n", "\u00e9", "\u202e"]
    for kind, argument in members:
        if kind is sre_parse.LITERAL:
            candidates.append(chr(argument))
        elif kind is sre_parse.RANGE:
            candidates += [chr(argument[0]), chr(argument[1])]
    candidates = [c for c in candidates if inside(c) != negated]
    return random.choice(candidates) if candidates else ""


def of_category(category, c):
    """Whether a character is in \\d, \\s, \\w or one of their opposites."""
    name = str(category).lower()
    found = c.isdigit() if "digit" in name else c.isspace() if "space" in name else \
        c.isalnum() or c == "_"
    return found != ("not" in name)


def of_parsed(random, parsed, groups):
    """A text that a parsed regular expression may match. Assertions are not looked at."""
    text = ""
    for kind, argument in parsed:
        if kind is sre_parse.LITERAL:
            text += chr(argument)
        elif kind is sre_parse.NOT_LITERAL:
            text += random.choice([c for c in "abz09 \\" if ord(c) != argument])
        elif kind is sre_parse.ANY:
            text += random.choice("az09\\ /-\u00e9")
        elif kind is sre_parse.IN:
            text += of_class(random, argument)
        elif kind in (sre_parse.MAX_REPEAT, sre_parse.MIN_REPEAT):
            least, most, inner = argument
            most = least + random.choice((0, 0, 1, 3)) if most is sre_parse.MAXREPEAT else most
            for _ in range(min(random.randint(least, most), least + 3)):
                text += of_parsed(random, inner, groups)
        elif kind is sre_parse.SUBPATTERN:
            groups[argument[0]] = of_parsed(random, argument[3], groups)
            text += groups[argument[0]]
        elif kind is sre_parse.BRANCH:
            text += of_parsed(random, random.choice(argument[1]), groups)
        elif kind is sre_parse.GROUPREF:
            text += groups.get(argument, "")
        elif kind is sre_parse.ASSERT and argument[0] > 0:
            groups["ahead"] = groups.get("ahead", "") + of_parsed(random, argument[1], groups)
    return text


def of_pattern(random, pattern):
    """A text in which a regular expression may be found."""
    groups = {}
    text = of_parsed(random, sre_parse.parse(pattern), groups)
    return text + groups.get("ahead", "")


def of_network(random, text):
    """An address in a network, or one beside it."""
    net = values.network(text)
    first, last = int(net.network_address), int(net.broadcast_address)
    chosen = random.choice((first, last, random.randint(first, last), first - 1, last + 1))
    kind = ipaddress.IPv4Address if net.version == 4 else ipaddress.IPv6Address
    return str(kind(max(0, min(chosen, kind._ALL_ONES))))


def of_number(random, text):
    """A number at a limit, as a number or as a text."""
    limit = values.number(text)
    near = random.choice((limit - 1, limit, limit + 1, limit + 0.5, -limit, 0))
    if isinstance(near, float) and near.is_integer():
        near = int(near)
    if isinstance(near, int) and abs(near) < 2 ** 63 and random.random() < 0.5:
        return near
    return random.choice((str(near), str(near), f"+{near}", f"0{near}", f" {near}", f"{near}x"))


def of_time(random, name, text):
    """A date whose part is near a number."""
    part = {"year": 2026, "month": 1 + random.randrange(12), "day": 1 + random.randrange(28),
            "hour": random.randrange(24), "minute": random.randrange(60)}
    near = int(values.number(text)) + random.choice((-1, 0, 0, 1))
    if name in part:
        part[name] = max(0, near)
    day = f"{part['year']:04}-{part['month']:02}-{part['day']:02}"
    clock = f"{part['hour']:02}:{part['minute']:02}"
    return random.choice((f"{day} {clock}:07.123", f"{day}T{clock}:59Z", f"{day} {clock}",
                          f"{day}T{clock}:00+02:00", day))


def of_value(random, item, index):
    """A text or number that one value of an item matches, most times."""
    given = item.given[index]
    if item.kind == "re":
        return of_pattern(random, given.text)
    if item.kind == "cidr":
        return of_network(random, given.text)
    if item.kind == "number":
        times = [m for m in item.work if m in values.TIMES]
        return of_time(random, times[0], given.text) if times else of_number(random, given.text)
    if item.kind == "text":
        text = of_elements(random, random.choice(item.variants[index]))
        if given.kind == "number" and random.random() < 0.5 and text.isdigit():
            return int(text)
        return text
    return None


def encoded_around(random, text):
    """Base64 of the text with something around it."""
    data = b"ab"[:random.randrange(3)] + text.encode("utf-8", "surrogateescape") + b"xyz"
    return base64.b64encode(data).decode()
