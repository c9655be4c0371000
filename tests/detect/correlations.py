# SPDX-License-Identifier: MIT
"""correlations.py - correlation rules as the specification 2.1 describes them.

Plain and slow: every hit of the whole stream is kept, and what is in the timespan is looked up
each time. lib/detect/correlate.h states how the specification is read. Limits are not modelled:
the streams that are compared stay below them.
"""
import re

import values
from refused import Refused

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
OPERATORS = dict(values.COMPARISONS, eq=lambda a, b: a == b, neq=lambda a, b: a != b)
TYPES = ("event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg",
         "value_percentile")


class Hit:
    """A hit of a rule, or a match of a correlation."""

    def __init__(self, time, step, event, identity):
        self.time = time
        self.step = step
        self.event = event
        self.identity = identity  # the same for all hits of one event
        self.used = False


class Correlation:
    """One correlation rule. `rules` are the rules and correlations that it refers to."""

    def __init__(self, document, resolve):
        part = document["correlation"]
        self.type = part["type"].text
        if self.type not in TYPES:
            raise Refused("unknown type")
        span = re.fullmatch(r"([0-9]+)([smhd])", part["timespan"].text)
        if not span or int(span[1]) == 0:
            raise Refused("no timespan")
        self.span = int(span[1]) * UNITS[span[2]] * 10 ** 9
        self.rules = [resolve(name.text) for name in part["rules"]]
        self.names = [name.text for name in part["rules"]]
        aliases = part.get("aliases", {})

        def fields(names, rule):
            return [aliases[name][rule].text if name in aliases and rule in aliases[name]
                    else name for name in names]
        by = [name.text for name in part.get("group-by", [])]
        condition = dict(part.get("condition", {}))
        field = condition.pop("field", [])
        field = [name.text for name in (field if isinstance(field, list) else [field])]
        self.group_by = [fields(by, rule) for rule in self.names]
        self.fields = [fields(field, rule) for rule in self.names]
        self.criteria = [(key, float(value.text)) for key, value in condition.items()]
        if not self.criteria:
            self.criteria = [("gte", len(self.rules))]
        self.at_once = self.type not in ("value_avg", "value_percentile") and \
            all(key in ("gt", "gte") for key, _ in self.criteria)
        self.hits = []    # (group, reference, value, Hit), in the order of arrival
        self.frames = []  # [group, begin], in the order of begin

    def holds(self, value):
        return all(OPERATORS[key](value, limit) for key, limit in self.criteria)

    def group_of(self, number, event):
        """The group of a hit, or None."""
        group = tuple(text_of(event.get(name)) for name in self.group_by[number])
        return None if None in group else group

    def value_of(self, number, event):
        """What a hit adds; None: nothing, and it is not counted."""
        if self.type in ("value_count", "value_percentile"):
            texts = tuple(text_of(event.get(name)) for name in self.fields[number])
            return None if None in texts else texts
        if self.type in ("value_sum", "value_avg"):
            value = event.get(self.fields[number][0])
            found = None if value is None else values.number(str(value))
            return None if found is None else float(found)
        return True

    def measure(self, hits):
        """The values to compare with the condition, of hits of one group."""
        if self.type == "event_count":
            return [len({hit.identity for _, _, hit in hits})]
        if self.type == "value_count":
            return [len({value for _, value, _ in hits})]
        if self.type == "temporal":
            return [len({reference for reference, _, _ in hits})]
        if self.type == "temporal_ordered":
            return [longest_chain(hits)]
        if self.type == "value_sum":
            return [sum(value for _, value, _ in hits)]
        if self.type == "value_avg":
            return [sum(value for _, value, _ in hits) / len(hits)]
        texts = [value for _, value, _ in hits]
        return [100.0 * texts.count(text) / len(texts) for text in set(texts)]


def text_of(value):
    """The text of a value to group by, or None."""
    return None if value is None else str(value)


def longest_chain(hits):
    """The longest chain of hits with rising references, each later than the one before."""
    ordered = sorted(hits, key=lambda entry: (entry[2].time, entry[2].step))
    best = []
    for reference, _, hit in ordered:
        before = [length for other, earlier, length in best if other < reference
                  and (earlier.time, earlier.step) < (hit.time, hit.step)]
        best.append((reference, hit, 1 + max(before, default=0)))
    return max(length for _, _, length in best)


class Stream:
    """Follows a stream of events."""

    def __init__(self, correlations):
        self.correlations = correlations  # each after those that it refers to
        self.now = self.step = self.identity = 0

    def event(self, time, event, rules):
        """Passes an event and the rules that it matches; returns (correlation, time) of the
        matches, in their order."""
        found = self.end_frames(time)
        self.now = max(self.now, time)
        self.step += 1
        self.identity += 1
        hit = Hit(time, self.step, event, self.identity)
        return found + self.run_step([(rule, hit) for rule in rules])

    def run_step(self, hits):
        """Passes hits through all correlations; a match is a hit as well."""
        found = []
        for correlation in self.correlations:
            for number, rule in enumerate(correlation.rules):
                for other, hit in list(hits):
                    if other is rule:
                        match = self.take(correlation, number, hit)
                        if match:
                            hits.append((correlation, match))
                            found.append((correlation, match.time))
        return found

    def take(self, correlation, number, hit):
        """A hit of one correlation. Returns a match, or None."""
        if hit.time < self.now - correlation.span:
            return None
        group = correlation.group_of(number, hit.event)
        value = correlation.value_of(number, hit.event)
        if group is None or value is None:
            return None
        if not correlation.type.startswith("temporal") and any(
                other == group and old.identity == hit.identity
                for other, _, _, old in correlation.hits[-20:]):
            return None
        kept = Hit(hit.time, self.step, hit.event, hit.identity)
        correlation.hits.append((group, number, value, kept))
        if not correlation.at_once:
            if all(frame[0] != group for frame in correlation.frames):
                correlation.frames.append([group, hit.time])
                correlation.frames.sort(key=lambda frame: frame[1])
            return None
        counted = [entry[1:] for entry in correlation.hits
                   if entry[0] == group and not entry[3].used
                   and entry[3].time >= self.now - correlation.span]
        if not any(correlation.holds(value) for value in correlation.measure(counted)):
            return None
        for _, _, old in counted:
            old.used = True
        return self.match(max(old.time for _, _, old in counted), hit.event)

    def match(self, time, event):
        self.identity += 1
        return Hit(time, self.step, event, self.identity)

    def end_frames(self, time):
        """Decides the frames that end before a time."""
        found = []
        while True:
            ends = [(frame[1] + correlation.span, index)
                    for index, correlation in enumerate(self.correlations)
                    for frame in correlation.frames[:1]]
            if not ends or min(ends)[0] >= time:
                return found
            end, index = min(ends)
            correlation = self.correlations[index]
            group, _ = correlation.frames.pop(0)
            self.now = max(self.now, end)
            self.step += 1
            hits = [entry[1:] for entry in correlation.hits
                    if entry[0] == group and not entry[3].used]
            if any(correlation.holds(value) for value in correlation.measure(hits)):
                found.append((correlation, end))
                found += self.run_step([(correlation, self.match(end, hits[-1][2].event))])
            for _, _, hit in hits:
                hit.used = True
