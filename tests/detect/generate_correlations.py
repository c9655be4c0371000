# SPDX-License-Identifier: MIT
"""generate_correlations.py - random correlation rules and streams of events for them."""
BASE = 4  # rules
SECOND = 10 ** 9
START = 1_700_000_000 * SECOND


def base_yaml(number):
    """A rule that an event matches whose field K<number> is 1."""
    return (f"title: Base\nname: r{number}\nlogsource:\n    category: process_creation\n"
            f"    product: windows\ndetection:\n    s:\n        K{number}: 1\n    condition: s\n")


def pick_condition(random, kind, count):
    """The lines of a condition, which may be none."""
    if kind.startswith("temporal"):
        if random.random() < 0.6:
            return []
        low, high = 1, count
    else:
        low, high = {"value_sum": (-5, 40), "value_avg": (0, 10),
                     "value_percentile": (10, 90)}.get(kind, (1, 6))
    lines = ["    condition:"]
    if not kind.startswith("temporal") and kind != "event_count":
        field = "Number" if kind in ("value_sum", "value_avg") else \
            random.choice(["Value", "Value", "[Value, Host]"])
        lines.append(f"        field: {field}")
    limit = random.randint(low, high)
    operators = random.choice([["gte"], ["gte"], ["gt"], ["lt"], ["lte"], ["eq"], ["neq"],
                               ["gte", "lte"]])
    for operator in operators:
        lines.append(f"        {operator}: {limit}")
        limit += random.randint(0, 3)
    return lines


def pick_correlation(random, number):
    """The YAML of a correlation, which may refer to those before it."""
    kind = random.choice(["event_count", "event_count", "value_count", "temporal",
                          "temporal_ordered", "value_sum", "value_avg", "value_percentile"])
    names = [f"r{i}" for i in range(BASE)] + [f"c{i}" for i in range(number)] * 2
    rules = list(dict.fromkeys(random.choice(names) for _ in range(random.randint(1, 3))))
    group = random.choice([[], ["User"], ["Host"], ["User", "Host"], ["who"]])
    lines = ["title: Correlation", f"name: c{number}", "correlation:", f"    type: {kind}",
             "    rules:", *(f"        - {name}" for name in rules)]
    if group:
        lines += ["    group-by:", *(f"        - {name}" for name in group)]
    if group == ["who"]:
        lines += ["    aliases:", "        who:"]
        lines += [f"            {name}: {random.choice(['User', 'Host'])}" for name in rules]
    lines.append("    timespan: " + random.choice(["5s", "10s", "20s", "1m"]))
    lines += pick_condition(random, kind, len(rules))
    return "\n".join(lines) + "\n"


def pick_event(random):
    """An event that matches some of the rules."""
    event = {f"K{i}": 1 for i in range(BASE) if random.random() < 0.3}
    for name, values in (("User", ["a", "b", "A"]), ("Host", ["h", "a", 5]),
                         ("Value", ["x", "y", "z", "X", 7]), ("Number", [1, 2, "3", "4.5", -2])):
        if random.random() < 0.95:
            event[name] = random.choice(values)
        elif random.random() < 0.3:
            event[name] = "no number"
    return event


def pick_stream(random, length):
    """Pairs of time and event. Some come late, some after a long pause."""
    time = START
    for _ in range(length):
        time += random.choice([0, 1, SECOND // 2, SECOND, SECOND, 3 * SECOND])
        if random.random() < 0.02:
            time += random.choice([10, 20, 60, 200]) * SECOND
        late = random.choice([1, 5, 12]) * SECOND if random.random() < 0.1 else 0
        yield time - late, pick_event(random)
