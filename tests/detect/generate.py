# SPDX-License-Identifier: MIT
"""generate.py - random rules and events. Half of the events are made from the rule's values."""
import samples
import values
from logic import Unknown
from yaml12 import BOOLEAN, NULL, NUMBER

FIELDS = ["Image", "CommandLine", "ParentImage", "User", "process.name", "Gr\u00f6\u00dfe"]
PIECES = ["cmd", "CMD", ".exe", "power shell", "a", "B", "\\", "\\", "\\\\", "*", "*", "?", "-",
          "/", "\u2013", " ", "  ", "\u00e9", "\u00c9", "\u00df", "\u1e9e", "\u03a3", "\u03c2",
          "\u0130", "\u0131", "\u212a", "\u01c5", "\u65e5\u672c", "\U0001f600", "\U00010400", "%",
          "%p1%", "%p2%", "\\%", "'", '"', "\t", "\n", "0", "42", "#", ": ", ".", "[a]", "$x", "^",
          "{", "|", "e\u0301"]
PLACEHOLDERS = {"p1": ["one", "srv*"], "p2": ["b\\\\", "\u00c4?", "x"]}
NUMBERS = ["0", "1", "-1", "42", "007", "1000", "4294967296", "9007199254740993",
           "9223372036854775807", "-9223372036854775808", "1.5", "-0.25", "1e3", "3.0"]
NETWORKS = ["10.0.0.0/8", "192.168.1.0/24", "127.0.0.1/32", "0.0.0.0/0", "172.16.0.0/12",
            "fe80::/10", "::1/128", "2001:db8::/33", "::/0", "10.1.2.2/31", "10.1.2.3",
            "::ffff:10.0.0.0/104"]
NAMES = ["selection", "selection_a", "sel-b", "filter_main", "filter_x", "_hidden", "k1", "of2"]


def pick_text(random, longest=4):
    return "".join(random.choice(PIECES) for _ in range(random.randint(0, longest)))


def pick_bytes(random):
    """A text of an event; a few have bytes that are not UTF-8, each as a lone surrogate."""
    text = pick_text(random)
    if random.random() < 0.03:
        data = text.encode() + random.choice([b"\xff", b"\xc3", b"\x80", b"\xe6\x97"]) + b"a"
        text = data.decode("utf-8", "surrogateescape")
    return text


def pick_pattern(random, depth=0):
    """A regular expression of the metacharacters that the specification has."""
    parts = []
    for _ in range(random.randint(1, 4)):
        atom = random.choice(["a", "B", "cmd", ".", "\\.", "\\\\", "[a-c]", "[^a-z]", "[0-9]",
                              "\u00e9", " ", "/", "[\\\\/]", "x"])
        if depth < 2 and random.random() < 0.2:
            atom = "(" + "|".join(pick_pattern(random, depth + 1)
                                  for _ in range(random.randint(1, 3))) + ")"
        single = len(atom) == 1 or atom[0] in "[(\\"
        if single and random.random() < 0.3:
            atom += random.choice(["*", "+", "?", "{2}", "{0,2}", "{1,}"])
        parts.append(atom)
    text = "".join(parts)
    if depth == 0:
        text = random.choice(["", "", "^"]) + text + random.choice(["", "", "$"])
    return text


def modifiers_of_text(random):
    form = random.choice([[], ["contains"], ["startswith"], ["endswith"]])
    kind = random.random()
    if kind < 0.45:
        return form
    if kind < 0.6:
        return random.sample(form + ["windash"], len(form) + 1)
    if kind < 0.7:
        return random.sample(form + ["expand"], len(form) + 1)
    wide = random.choice([[], ["wide"], ["utf16le"], ["utf16be"], ["utf16"]])
    dash = random.choice([[], [], ["windash"]])
    if kind < 0.85:
        return dash + wide + ["base64offset", "contains"]
    if kind < 0.95:
        return dash + wide + ["base64"] + form
    return wide + form


def pick_item(random):
    """A key and its value or values, as (text, quoted) pairs."""
    field = random.choice(FIELDS)
    kind = random.random()
    if kind < 0.02:
        return random_modifiers(random, field)
    if kind < 0.62:
        return text_item(random, field)
    if kind < 0.72:
        flags = random.sample("ims", random.choice([0, 0, 1, 2]))
        return several(random, "|".join([field, "re", *flags]),
                       lambda: (pick_pattern(random), True))
    if kind < 0.77:
        return several(random, field + "|cidr", lambda: (random.choice(NETWORKS), True))
    if kind < 0.83:
        compare = random.choice(list(values.COMPARISONS))
        return several(random, f"{field}|{compare}", lambda: (random.choice(NUMBERS), False))
    if kind < 0.86:
        part = random.choice(values.TIMES)
        after = random.choice(["", "|gte", "|lt"])
        return several(random, f"{field}|{part}{after}",
                       lambda: (str(random.choice([0, 1, 5, 12, 23, 31, 2026])), False))
    if kind < 0.89:
        return field + "|exists", (random.choice(["true", "false"]), False)
    if kind < 0.93:
        forms = random.choice(["", "", "|startswith", "|endswith", "|contains"])
        return several(random, f"{field}|fieldref{forms}", lambda: (random.choice(FIELDS), True))
    if kind < 0.96:
        return field + random.choice(["", "", "|neq"]), ("null", False)
    return several(random, field, lambda: (random.choice(NUMBERS), False))


def text_item(random, field):
    modifiers = modifiers_of_text(random)
    plain = any(m in values.ENCODINGS for m in modifiers)

    def value():
        text = pick_text(random)
        if "expand" in modifiers and random.random() < 0.7:
            text += random.choice(["", "\\", "\\\\", "%"]) + random.choice(["%p1%", "%p2%"])
        if plain and random.random() < 0.95:
            text = "".join(c for c in text if c not in "*?")
            if "base64offset" in modifiers and random.random() < 0.95:
                text += random.choice(["cmd", "\u00e9", "-enc"])
        return text, True
    return several(random, "|".join([field, *modifiers]), value)


def several(random, key, value):
    """One value or a list, with `all`, `cased` and `neq` now and then."""
    count = random.choice([1, 1, 2, 3])
    given = value() if count == 1 and random.random() < 0.8 else [value() for _ in range(count)]
    if count > 1 and random.random() < 0.4:
        key += "|all"
    if random.random() < 0.15:
        key += "|cased"
    if random.random() < 0.1:
        key += "|neq"
    return key, given


def random_modifiers(random, field):
    """Modifiers in any order, most of them not allowed."""
    known = ["contains", "startswith", "endswith", "all", "cased", "neq", "re", "i", "windash",
             "base64", "base64offset", "wide", "cidr", "lt", "gte", "exists", "fieldref", "expand",
             "hour", "nothing", ""]
    key = "|".join([field, *random.sample(known, random.randint(1, 3))])
    value = random.choice([("a", True), ("5", False), ("", True), ("null", False),
                           ("true", False), [("a", True), ("b*", True)], [("null", False)], []])
    return key, value


def pick_map(random):
    """A map of items; a key is there once."""
    return dict(pick_item(random) for _ in range(random.choice([1, 1, 2, 3])))


def pick_search(random):
    kind = random.random()
    if kind < 0.65:
        return pick_map(random)
    if kind < 0.8:
        return [pick_map(random) for _ in range(random.randint(1, 3))]
    if kind < 0.9:
        return [(pick_text(random), True) for _ in range(random.randint(1, 3))]
    if kind < 0.95:
        return [(pick_text(random), True), pick_map(random), (random.choice(NUMBERS), False)]
    modifiers = random.choice(["all", "contains|all", "re", "cased", "windash", "base64offset"])
    return {"|" + modifiers: [(pick_pattern(random) if modifiers == "re" else
                               pick_text(random), True) for _ in range(random.choice([1, 2, 2]))]}


def pick_condition(random, names, depth=0):
    kind = random.random()
    blank = random.choice([" ", " ", "  ", "\n"])
    if depth > 3 or kind < 0.35:
        return random.choice(names)
    if kind < 0.5:
        pattern = random.choice(["them", names[0][:3] + "*", "*", "*" + names[0][-2:], names[-1],
                                 "sel*a" if random.random() < 0.2 else names[0] + "*"])
        return f"{random.choice(['1', 'all'])}{blank}of {pattern}"
    if kind < 0.65:
        return f"not{blank}{pick_condition(random, names, depth + 1)}"
    if kind < 0.8:
        return f"({pick_condition(random, names, depth + 1)}{random.choice(['', ' '])})"
    return blank.join([pick_condition(random, names, depth + 1), random.choice(["and", "or"]),
                       pick_condition(random, names, depth + 1)])


FILTER_CONDITIONS = ["selection", "not selection", "selection and not other",
                     "not selection and not other", "not (selection or other)",
                     "not 1 of sel*", "selection or not other"]


def pick_rule(random):
    """The detection of a rule, as a dictionary."""
    names = random.sample(NAMES, random.randint(1, 4))
    detection = {name: pick_search(random) for name in names}
    condition = pick_condition(random, names)
    if random.random() < 0.05:
        condition = [condition, pick_condition(random, names)]
    detection["condition"] = condition
    if random.random() < 0.1:
        detection["filter"] = {"rules": [("random", True)], "selection": pick_search(random),
                               "other": pick_search(random),
                               "condition": random.choice(FILTER_CONDITIONS)}
    return detection


def scalar_yaml(text, quoted=True):
    """A scalar of YAML in a style that keeps it."""
    if not quoted:
        return text
    if all(c.isprintable() for c in text):
        bare = text and text.isalnum() and text.isascii() and not (
            NUMBER.match(text) or BOOLEAN.match(text) or NULL.match(text))
        return text if bare else "'" + text.replace("'", "''") + "'"
    escaped = "".join(c if c.isprintable() and c not in '"\\' else
                      f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in text)
    return f'"{escaped}"'


def to_yaml(thing, indent):
    """Lines of YAML for dictionaries, lists and (text, quoted) pairs; a text is quoted."""
    if isinstance(thing, str):
        return " " + scalar_yaml(thing)
    if isinstance(thing, tuple):
        return " " + scalar_yaml(*thing)
    pad = "\n" + "    " * indent
    if isinstance(thing, dict):
        return "".join(f"{pad}{scalar_yaml(key)}:{to_yaml(value, indent + 1)}"
                       for key, value in thing.items()) if thing else " {}"
    if not thing:
        return " []"
    return "".join(f"{pad}-{to_yaml(value, indent + 1)}" for value in thing)


def rule_yaml(detection):
    """The document of a rule; and that of its filter, which is "filter" in a detection here."""
    head = "title: Random\nname: random\n"
    source = "logsource:\n    category: process_creation\n    product: windows\n"
    rule = {name: search for name, search in detection.items() if name != "filter"}
    text = f"{head}{source}detection:{to_yaml(rule, 1)}\n"
    if "filter" in detection:
        text += f"---\ntitle: Filter\n{source}filter:{to_yaml(detection['filter'], 1)}\n"
    return text


def items_of(search):
    """The items of a search identifier, those of keywords too."""
    for part in search.parts:
        if hasattr(part, "parts"):
            yield from items_of(part)
        else:
            yield part


def fill_item(random, item, event):
    """Sets a field so that an item is true, most times."""
    indices = range(len(item.given)) if item.all else [random.randrange(len(item.given))]
    if item.kind == "fieldref":
        name = item.given[indices[0]].text
        other = event.setdefault(name, random.choice(["abc", "\u00c9x", "a*", ""]))
        if isinstance(other, str):
            extra = random.choice(["", "", "x"])
            event[item.field] = samples.swap_case(random, extra + other + random.choice(["", "y"]))
        return
    if item.kind in ("null", "exists"):
        event.pop(item.field, None)
        if random.random() < 0.5:
            event[item.field] = None
        return
    made = [samples.of_value(random, item, index) for index in indices]
    value = made[0] if len(made) == 1 else "".join(map(str, made))
    if isinstance(value, str) and not item.cased and random.random() < 0.5:
        value = samples.swap_case(random, value)
    if "base64offset" in item.work and random.random() < 0.3:
        value = samples.encoded_around(random, value)
    event[item.field or random.choice(FIELDS)] = value


def mutate(random, value):
    """A value that is a little different."""
    if not isinstance(value, str) or not value:
        return random.choice(["", None, value])
    at = random.randrange(len(value))
    return random.choice([value[:at] + value[at + 1:], value[:at] + "x" + value[at:],
                          value[:at] + samples.swap_case(random, value[at:]), value + "\n",
                          value[:at]])


def pick_event(random, rule, unknown=0.0):
    """A random event; rule, an oracle.Rule, is what half of them are made for."""
    event = {}
    for field in FIELDS:
        kind = random.random()
        if kind < 0.5:
            event[field] = pick_bytes(random)
        elif kind < 0.58:
            event[field] = int(values.number(random.choice(NUMBERS[:10])))
        elif kind < 0.64:
            event[field] = random.choice([None, [], ["a", 42], [pick_text(random), "cmd"]])
    if random.random() < 0.5:
        items = [item for search in rule.searches.values() for item in items_of(search)]
        for item in items:
            if random.random() < 0.8:
                fill_item(random, item, event)
        if random.random() < 0.4:
            field = random.choice(list(event) or FIELDS)
            event[field] = mutate(random, event.get(field))
    if any(item.kind == "re" for search in rule.searches.values() for item in items_of(search)):
        event = {name: only_characters(value) for name, value in event.items()}
    for field in FIELDS:
        if random.random() < unknown:
            event[field] = Unknown()
    return event


def only_characters(value):
    """The value without bytes that are not UTF-8. PCRE matches them by nothing, Python does."""
    if isinstance(value, list):
        return [only_characters(item) for item in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
