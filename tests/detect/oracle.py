# SPDX-License-Identifier: MIT
"""oracle.py - evaluates Sigma rules as the specification 2.1 describes them.

Where the specification leaves a question open, this is how it is read:

 1. A value is compared as the text that is written. A number without quotes and modifiers also
    matches a number of the event of the same value.
 2. Case is ignored by simple folding of Unicode, one code point for one.
 3. A backslash is an escape only before *, ? and another backslash (with expand also before %).
    ? is one code point. Wildcards match line ends.
 4. contains, startswith and endswith add wildcards to the parsed value: a backslash at its end
    stays a backslash.
 5. '' is a field that is present and empty. null is a field that is absent or null; it has no
    modifier but neq, and is not in a list. A field that is absent or null has no other value.
    exists asks only whether the field is there: a null is there.
 6. neq negates the whole item: true if the field is absent; of a list, if none is equal.
 7. all of a single value is that value.
 8. windash: each of the five characters, wherever it is, stands for each of the five.
 9. Base64 takes no wildcards; UTF-16 keeps them. base64offset needs two bytes or more: of one byte, one of the
    three variants is empty. Encoded texts, too, are compared without case unless cased.
10. re searches anywhere in the field and knows no Sigma escapes. i, m and s follow re; cased does
    not; startswith and endswith anchor it. Bytes that are not UTF-8 are not compared here.
11. cidr without a prefix length is one address; no bits beyond the prefix may be set. A field
    that is no address is not in it.
12. lt, lte, gt and gte read numbers as YAML has them, 0x10 too, in the rule and in the event. A
    field that is no number does not match.
13. fieldref: false if the field is absent or null, unknown if it is unknown; then likewise for
    the other field. No wildcards in the other's value.
    contains, startswith and endswith may follow fieldref.
14. Time modifiers read dates that begin as 2026-01-31 23:59 or with a T, as they are written;
    week is that of ISO 8601. Another field does not match. A comparison may follow.
15. expand: values of placeholders may have wildcards; without a value, the rule is refused.
16. Keywords match anywhere in a value of any field; fields are not joined. Modifiers of keywords:
    all, contains, re, cased, windash, expand, neq and the encodings.
17. A search identifier that is one text is a list of it. A list may mix texts and maps. Empty lists and maps are refused, and lists in lists.
18. Conditions: operators in either case. A pattern that names no search identifier is refused;
    one that does not begin with an underscore names none that does. The pipe of old rules is
    refused.
19. A field with several values matches if one of them does. A value that exists but is not known
    makes a test unknown; the logic is Kleene's.
20. A filter suppresses hits of the rules that it names, by id or name, where its condition is
    true, as the example in the specification does; but a condition that is true for an event
    that matches none of its search identifiers ("not selection", which the specification's
    schema names too) keeps the hits where it is true. A filter applies if each member of its
    log source is that of the rule.
"""
import re

import values
from logic import Unknown, all_, any_, not_
from refused import Refused

FORMS = ("contains", "startswith", "endswith")
FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}


def scope_flags(text):
    """A regular expression with (?i) as PCRE has it: for the rest of the expression."""
    found = re.search(r"(?<!\\)\(\?([ims]+)\)", text)
    if not found:
        return text
    return f"{text[:found.start()]}(?{found[1]}:{scope_flags(text[found.end():])})"


class Item:
    """One field with its modifiers and values, or keywords if the field is ''."""

    def __init__(self, key, given, placeholders):
        self.field, *self.modifiers = key.split("|")
        several = isinstance(given, list)
        given = given if several else [given]
        if not given:
            raise Refused(f"{key}: no value")
        if any(isinstance(value, (dict, list)) for value in given):
            raise Refused(f"{key}: not a plain value")
        if several and any(value.kind == "null" for value in given):
            raise Refused(f"{key}: null in a list")
        self.all = "all" in self.modifiers
        self.neq = "neq" in self.modifiers
        self.cased = "cased" in self.modifiers
        self.work = [m for m in self.modifiers if m not in ("all", "neq", "cased")]
        self.placeholders = placeholders
        known = FORMS + values.ENCODINGS + values.TIMES + tuple(values.COMPARISONS) + tuple(FLAGS)
        for modifier in self.work:
            if modifier not in known + ("windash", "re", "exists", "cidr", "expand", "fieldref"):
                raise Refused(f"{key}: unknown modifier {modifier}")
        self.given = given
        self.variants = []  # of texts: the element lists of each value
        self.kind = self.find_kind(key, given)
        self.tests = [getattr(self, "make_" + self.kind)(value) for value in given]

    def find_kind(self, key, given):
        """Which function makes the tests of the values."""
        kind = "text"
        for name in "re", "cidr", "exists", "fieldref":
            if name in self.work:
                kind = name
        if any(m in values.COMPARISONS or m in values.TIMES for m in self.work):
            kind = "number"
        if given[0].kind == "null":
            kind = "null"
        allowed = {"text": FORMS + values.ENCODINGS + ("windash", "expand"),
                   "re": ("re",) + tuple(FLAGS) + FORMS, "cidr": ("cidr",), "exists": ("exists",),
                   "fieldref": ("fieldref",) + FORMS, "null": (),
                   "number": tuple(values.COMPARISONS) + values.TIMES}[kind]
        wrong = [m for m in self.work if m not in allowed]
        if self.field == "":
            wrong += [m for m in self.work if m in ("startswith", "endswith")]
            if kind not in ("text", "re"):
                wrong.append(kind)
        if kind == "exists" and (self.all or self.cased):
            wrong.append("all")
        if kind in ("cidr", "number", "re") and self.cased:
            wrong.append("cased")
        compares = any(m in values.COMPARISONS for m in self.work)
        if (kind == "exists" or compares) and self.neq:
            wrong.append("neq")
        if kind == "re" and self.work[0] != "re":
            wrong.append(self.work[0])
        if wrong:
            raise Refused(f"{key}: {wrong[0]} does not go with {kind}")
        return kind

    def make_null(self, _):
        def test(event):
            value = event.get(self.field)
            return None if isinstance(value, Unknown) else value in (None, [])
        return test

    def make_exists(self, value):
        if len(self.work) > 1 or value.kind != "boolean":
            raise Refused("exists needs true or false")
        wanted = value.text.lower() == "true"

        def test(event):
            if isinstance(event.get(self.field), Unknown):
                return None
            return (self.field in event) == wanted
        return test

    def make_re(self, value):
        flags = 0
        for modifier in self.work[1:]:
            flags |= FLAGS.get(modifier, 0)
        text = scope_flags(value.text)
        before = r"\A" if "startswith" in self.work else ""
        after = r"\Z" if "endswith" in self.work else ""
        try:
            re.compile(text)
            pattern = re.compile(f"{before}(?:{text}){after}", flags)
        except re.error as error:
            raise Refused(f"not a regular expression: {error}") from error
        return self.of_texts(lambda text: pattern.search(text) is not None)

    def make_cidr(self, value):
        net = values.network(value.text)

        def contains(text):
            address = values.address(text)
            return address is not None and address.version == net.version and address in net
        return self.of_texts(contains)

    def make_number(self, value):
        limit = values.number(value.text)
        if limit is None:
            raise Refused(f"{value.text} is not a number")
        times = [m for m in self.work if m in values.TIMES]
        comparisons = [m for m in self.work if m in values.COMPARISONS]
        if len(times) > 1 or len(comparisons) > 1 or self.work != times + comparisons:
            raise Refused("more than one comparison")
        compare = values.COMPARISONS[comparisons[0]] if comparisons else lambda a, b: a == b

        def matches(text):
            have = values.time_part(times[0], text) if times else values.number(text)
            return have is not None and compare(have, limit)
        return self.of_texts(matches)

    def make_fieldref(self, value):
        forms = [m for m in self.work if m in FORMS]
        if value.kind != "string" or value.text == "" or self.work != ["fieldref"] + forms[:1]:
            raise Refused("fieldref needs the name of a field")

        def matches(mine, other):
            for value in mine, other:
                if value is None or isinstance(value, Unknown):
                    return False if value is None else None
            elements = list(values.event_text(other))
            if forms:
                elements = values.around(forms[0], elements)
            return values.text_matches(elements, values.event_text(mine), self.cased)

        def test(event):
            others = values.several(event.get(value.text)) or [None]
            return any_(matches(mine, other) for other in others
                        for mine in values.several(event.get(self.field)) or [None])
        return test

    def make_text(self, value):
        variants = [values.parse(value.text, "expand" in self.work)]
        for modifier in self.work:
            changed = []
            for elements in variants:
                changed.extend(self.change_text(modifier, elements))
            variants = changed
        if self.field == "":
            variants = [values.around("contains", elements) for elements in variants]
        self.variants.append(variants)
        exact = self.number_of(value)

        def matches(text, is_number=False):
            if exact is not None and is_number and int(text) == exact:
                return True
            return any(values.text_matches(elements, text, self.cased) for elements in variants)
        return self.of_values(matches)

    def number_of(self, value):
        """The number that the same number of an event matches, if the value is one."""
        plain = value.kind == "number" and not self.work and not self.cased
        return values.number(value.text) if plain and self.field else None

    def change_text(self, modifier, elements):
        """The element lists that a modifier makes of one."""
        if modifier in FORMS:
            return [values.around(modifier, elements)]
        if modifier == "windash":
            return [[values.DASH if isinstance(e, str) and e in values.DASHES else e
                     for e in elements]]
        if modifier == "expand":
            return values.expand(elements, self.placeholders)
        if any(isinstance(e, tuple) for e in elements):
            raise Refused("an encoding before expand")
        return values.encode(modifier, elements)

    def of_texts(self, matches):
        """A test of an event, from one of a text."""
        return self.of_values(lambda text, _: matches(text))

    def of_values(self, matches):
        """A test of an event, from one of a text that is or is not a number of the event."""
        def one(value):
            if value is None:
                return False
            if isinstance(value, Unknown):
                return None
            return matches(values.event_text(value), not isinstance(value, str))

        def test(event):
            fields = [event.get(self.field)] if self.field != "" else event.values()
            return any_(one(value) for field in fields for value in values.several(field))
        return test

    def match(self, event):
        results = [test(event) for test in self.tests]
        result = all_(results) if self.all else any_(results)
        return not_(result) if self.neq else result


class Search:
    """A search identifier: items that are joined by AND, or a list joined by OR."""

    def __init__(self, given, placeholders):
        if given in ([], {}):
            raise Refused("an empty search identifier")
        given = given if isinstance(given, (list, dict)) else [given]
        self.any = isinstance(given, list)
        if not self.any:
            self.parts = [Item(key, value, placeholders) for key, value in given.items()]
            return
        self.parts = []
        for part in given:
            if isinstance(part, list):
                raise Refused("a list in a list")
            if isinstance(part, dict):
                self.parts.append(Search(part, placeholders))
            else:
                self.parts.append(Item("", part, placeholders))

    def match(self, event):
        results = [part.match(event) for part in self.parts]
        return any_(results) if self.any else all_(results)


class Condition:
    """A condition: a parser by recursive descent, the results of searches as a dictionary."""

    def __init__(self, text, names):
        if "|" in text:
            raise Refused("a pipe in a condition")
        self.words = re.findall(r"[()]|[^\s()]+", text)
        self.names = names
        self.at = 0
        self.tree = self.either()
        if self.at != len(self.words):
            raise Refused(f"unexpected {self.words[self.at]}")

    def next(self, *wanted):
        """Whether the next word is one of those; then it is passed."""
        if self.at < len(self.words) and self.words[self.at].lower() in wanted:
            self.at += 1
            return True
        return False

    def either(self):
        parts = [self.both()]
        while self.next("or"):
            parts.append(self.both())
        return lambda results: any_(part(results) for part in parts)

    def both(self):
        parts = [self.negation()]
        while self.next("and"):
            parts.append(self.negation())
        return lambda results: all_(part(results) for part in parts)

    def negation(self):
        if self.next("not"):
            negated = self.negation()
            return lambda results: not_(negated(results))
        return self.primary()

    def primary(self):
        if self.next("("):
            inner = self.either()
            if not self.next(")"):
                raise Refused("no closing parenthesis")
            return inner
        if self.at == len(self.words):
            raise Refused("the condition ends early")
        word = self.words[self.at]
        if word.lower() in ("1", "all") and self.words[self.at + 1:self.at + 2] and \
                self.words[self.at + 1].lower() == "of":
            self.at += 2
            return self.some(all_ if word.lower() == "all" else any_)
        self.at += 1
        if word not in self.names:
            raise Refused(f"unknown search identifier {word}")
        return lambda results: results[word]

    def some(self, join):
        if self.at == len(self.words):
            raise Refused("the condition ends early")
        pattern = self.words[self.at]
        self.at += 1
        pattern = "*" if pattern.lower() == "them" else pattern
        expression = re.compile(re.escape(pattern).replace(r"\*", ".*"))
        chosen = [name for name in self.names
                  if expression.fullmatch(name)
                  and (pattern.startswith("_") or not name.startswith("_"))]
        if not chosen:
            raise Refused(f"{pattern} names no search identifier")
        return lambda results: join(results[name] for name in chosen)


class Rule:
    """A rule of one event."""

    def __init__(self, document, placeholders=None):
        self.document = document
        detection = document.get("detection")
        if not isinstance(detection, dict):
            raise Refused("no detection")
        if not isinstance(document.get("logsource"), dict):
            raise Refused("no log source")
        self.logsource = {key: value.text.lower()
                          for key, value in document["logsource"].items()
                          if key in ("category", "product", "service")}
        self.filters = []
        self.searches, self.conditions = parse_detection(detection, placeholders or {})

    def match(self, event):
        """True, False, or None if a value that is not known decides."""
        return all_([evaluate(self.searches, self.conditions, event)] +
                    [evaluate(*each, event) if keeps else not_(evaluate(*each, event))
                     for keeps, each in self.filters])


def parse_detection(detection, placeholders, but=("condition",)):
    """The searches and the conditions of a detection."""
    searches = {name: Search(given, placeholders) for name, given in detection.items()
                if name not in but}
    conditions = detection.get("condition")
    conditions = conditions if isinstance(conditions, list) else [conditions]
    if not conditions or not searches:
        raise Refused("no condition or no search identifier")
    for condition in conditions:
        if condition is None or isinstance(condition, (dict, list)):
            raise Refused("no condition")
    return searches, [Condition(each.text, searches) for each in conditions]


def evaluate(searches, conditions, event):
    """Whether one of the conditions is true."""
    results = {name: search.match(event) for name, search in searches.items()}
    return any_(condition.tree(results) for condition in conditions)


def apply_filter(document, rules, placeholders=None):
    """Adds a filter to those of the rules that it names."""
    part = document.get("filter")
    names = part.get("rules") if isinstance(part, dict) else None
    names = names if isinstance(names, list) or names is None else [names]
    if not names:
        raise Refused("no filter, or no rules in it")
    parsed = parse_detection(part, placeholders or {}, ("condition", "rules"))
    searches, conditions = parsed
    keeps = any_(each.tree(dict.fromkeys(searches, False)) for each in conditions)
    named = {name.text for name in names}
    source = {key: value.text.lower() for key, value in document["logsource"].items()
              if key in ("category", "product", "service")}
    for rule in rules:
        names = {rule.document[key].text for key in ("id", "name") if key in rule.document}
        if named & names and all(rule.logsource.get(k) == v for k, v in source.items()):
            rule.filters.append((keeps, parsed))
