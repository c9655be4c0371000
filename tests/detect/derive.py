# SPDX-License-Identifier: MIT
"""derive.py - events that a rule must match, and events that are nearly so."""
import itertools

import generate
import samples
import values

COMBINATIONS = 3000
FILLERS = ["C:\\other.exe", "D:\\other.exe", "other", "/usr/bin/other"]


def assignments(random, rule, wanted):
    """Sets of search identifiers that make a condition true, or false; the smallest first."""
    names = list(rule.searches)
    found = []
    looked = 0
    for size in range(len(names) + 1):
        chosen = list(itertools.combinations(names, size))
        random.shuffle(chosen)
        for some in chosen:
            looked += 1
            results = {name: name in some for name in names}
            if any(condition.tree(results) for condition in rule.conditions) == wanted:
                found.append(some)
        if found or looked > COMBINATIONS:
            break
    return found


def items_needed(random, search):
    """Items that make a search identifier true."""
    if not hasattr(search, "parts"):
        return [search]
    parts = [random.choice(search.parts)] if search.any else search.parts
    return [item for part in parts for item in items_needed(random, part)]


class Field:
    """What a field has to contain."""

    def __init__(self):
        self.whole, self.first, self.inside, self.last = [], [], [], []
        self.absent = False
        self.other = []  # values that are not joined with others

    def add_elements(self, random, elements):
        """A text of which the rest of the field is free where the elements begin or end with *."""
        before = bool(elements) and elements[0] == values.ANY
        after = bool(elements) and elements[-1] == values.ANY
        text = samples.of_elements(random, elements[before:len(elements) - after or None])
        (self.inside if before and after else self.last if before else
         self.first if after else self.whole).append(text)

    def add_pattern(self, random, pattern):
        text = samples.of_pattern(random, pattern)
        anchored = pattern.startswith("^"), pattern.endswith("$")
        (self.whole if all(anchored) else self.first if anchored[0] else
         self.last if anchored[1] else self.inside).append(text)

    def value(self, random):
        """A value of the field, which may not be possible: then it is one that tries."""
        if self.other:
            return self.other[0]
        if self.whole:
            return random.choice(self.whole)
        inside = list(self.inside)
        random.shuffle(inside)
        joint = random.choice(["", " ", "\\", "a"])
        before = self.first or [random.choice(["", "", "x", "C:\\"])]
        return joint.join(before + inside + self.last)


def add_item(random, item, fields):
    """Adds what an item needs to the fields."""
    field = fields.setdefault(item.field or "Message", Field())
    if item.neq:
        field.inside.append("other")
        return
    if item.kind == "null":
        field.absent = True
    elif item.kind == "exists":
        field.absent = item.given[0].text.lower() == "false"
    elif item.kind == "fieldref":
        text = random.choice(["same", "C:\\same.exe"])
        field.whole.append(text)
        fields.setdefault(item.given[0].text, Field()).whole.append(text)
    else:
        chosen = range(len(item.given)) if item.all else [random.randrange(len(item.given))]
        for index in chosen:
            if item.kind == "text":
                field.add_elements(random, random.choice(item.variants[index]))
            elif item.kind == "re":
                field.add_pattern(random, item.given[index].text)
            else:
                field.other.append(samples.of_value(random, item, index))


def event_for(random, rule, wanted, attempts=400):
    """An event that the oracle says the rule matches, or does not; or None."""
    possible = assignments(random, rule, wanted)
    named = {item.field for search in rule.searches.values()
             for item in generate.items_of(search)} - {""}
    for attempt in range(attempts if possible else 0):
        fields = {}
        for name in random.choice(possible):
            for item in items_needed(random, rule.searches[name]):
                add_item(random, item, fields)
        event = {name: field.value(random) for name, field in fields.items() if not field.absent}
        if attempt % 2:  # for conditions that exclude a field that is absent or empty
            event = {**{name: random.choice(FILLERS) for name in named}, **event}
        if rule.match(event) is wanted:
            return event
    return None


def near_events(random, event):
    """Events that differ a little from one."""
    for name in event:
        yield {k: v for k, v in event.items() if k != name}
        yield {k: generate.mutate(random, v) if k == name else v for k, v in event.items()}
        yield {k: samples.swap_case(random, v) if k == name and isinstance(v, str) else v
               for k, v in event.items()}
        yield {k: f"x{v}y" if k == name else v for k, v in event.items()}
    yield {k: "other" for k in event}
