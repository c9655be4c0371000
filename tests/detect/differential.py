#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""differential.py - compares the engine with the oracle on random rules and events.

    differential.py EVALUATE [--pairs N] [--seed N] [--rule N] [--keep-going]

EVALUATE is the program of evaluate.c. Each rule is tried on 50 events: N pairs of rule and event
are N/50 rules. The first difference is reduced to a small rule and event and printed; the exit
status is then 1. --rule runs one rule of a seed again.
"""
import argparse
import collections
import copy
import json
import os
import random
import subprocess
import sys
import tempfile

import generate
import oracle
import yaml12
from logic import Cut, Unknown
from refused import Refused

EVENTS = 50


def to_json(value):
    """A value of an event as evaluate.c reads it."""
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, Unknown):
        return {"unknown": 1}
    if isinstance(value, Cut):
        return {"cut": value.text}
    if isinstance(value, str):
        data = value.encode("utf-8", "surrogateescape")
        if "\0" in value or data.decode("utf-8", "replace") != value:
            return {"hex": data.hex()}
    return value


class Engine:
    """The program of evaluate.c."""

    def __init__(self, path, placeholders):
        self.folder = tempfile.TemporaryDirectory()
        for name, given in placeholders.items():
            with open(os.path.join(self.folder.name, name + ".txt"), "w", encoding="utf-8") as out:
                out.write("".join(line + "\n" for line in given))
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, question):
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the engine ended: {self.process.wait()}")
        return line.decode().rstrip("\n")

    def load(self, text):
        """Loads rules; returns (outcome, document, number, reason) of each document."""
        self.ask({"rules": text, "placeholders": self.folder.name})
        return [tuple(self.answer().split("\t")) for _ in range(int(self.answer()))]

    def event(self, event, time=0):
        """Returns the verdict of each rule as a character, then the matches of correlations."""
        self.ask({"event": {name: to_json(value) for name, value in event.items()}, "time": time})
        return self.answer()

    def events(self, events):
        """The same for several events, without waiting for each answer."""
        for event in events:
            self.ask({"event": {name: to_json(value) for name, value in event.items()}})
        return [self.answer() for _ in events]


VERDICTS = {True: "1", False: "0", None: "?"}


def ask_oracle(text):
    """(rule, "") or (None, why it is refused)."""
    try:
        documents = list(yaml12.documents(text))
        rule = oracle.Rule(documents[0], generate.PLACEHOLDERS)
        for document in documents[1:]:
            oracle.apply_filter(document, [rule], generate.PLACEHOLDERS)
        return rule, ""
    except Refused as error:
        return None, str(error)


def compare(engine, detection, events):
    """The first difference: None, or (event or None, what the engine says, the oracle)."""
    text = generate.rule_yaml(detection)
    rule, reason = ask_oracle(text)
    notes = engine.load(text)
    outcome, _, _, why = next((note for note in notes if note[0] != "loaded"), notes[0])
    if outcome == "refused":  # a limit
        return None
    if (outcome == "loaded") != (rule is not None):
        return None, f"{outcome} {why}", reason or "loaded"
    if rule is None:
        return None
    for event, verdict in zip(events, engine.events(events)):
        expected = VERDICTS[rule.match(event)]
        if verdict != expected:
            return event, verdict, expected
    return None


def smaller_values(value):
    """Values that are a step smaller."""
    if isinstance(value, tuple):
        text, quoted = value
        for i in range(len(text)):
            yield text[:i] + text[i + 1:], quoted
    elif isinstance(value, str):
        for i in range(len(value)):
            yield value[:i] + value[i + 1:]
    elif isinstance(value, list):
        for i in range(len(value)):
            yield value[:i] + value[i + 1:]
            for smaller in smaller_values(value[i]):
                yield value[:i] + [smaller] + value[i + 1:]
        if len(value) == 1:
            yield value[0]
    elif isinstance(value, dict):
        for key in value:
            yield {k: v for k, v in value.items() if k != key}
            for smaller in smaller_values(value[key]):
                yield {k: smaller if k == key else v for k, v in value.items()}
            parts = key.split("|")
            for i in range(1, len(parts)):
                shorter = "|".join(parts[:i] + parts[i + 1:])
                if shorter not in value:
                    yield {shorter if k == key else k: v for k, v in value.items()}


def smaller_detections(detection):
    """Detections that are a step smaller."""
    condition = detection["condition"]
    if isinstance(condition, list):
        for each in condition:
            yield dict(detection, condition=each)
        return
    for name in detection:
        if condition not in detection and name not in ("condition", "filter"):
            yield dict(detection, condition=name)
    yield from smaller_values(detection)
    words = condition.replace("(", " ( ").replace(")", " ) ").split()
    for length in (3, 2, 1):
        for i in range(len(words) - length + 1):
            yield dict(detection, condition=" ".join(words[:i] + words[i + length:]))


def kind_of(found):
    """Differences of one kind: an outcome of loading is not reduced to a verdict."""
    return None if found is None else (found[0] is None, found[1].split(" ")[0])


def reduce(engine, detection, found, limit=3000):
    """Makes a detection and its event smaller while they differ in the same way."""
    events = [found[0]] if found[0] is not None else []
    wanted = kind_of(found)
    progress = True
    while progress and limit > 0:
        progress = False
        for smaller in smaller_detections(detection):
            limit -= 1
            again = compare(engine, smaller, events)
            if kind_of(again) == wanted:
                detection, found, progress = smaller, again, True
                break
        for smaller in smaller_values(events[0]) if events and not progress else ():
            limit -= 1
            again = compare(engine, detection, [smaller])
            if kind_of(again) == wanted:
                events, found, progress = [smaller], again, True
                break
    return detection, found


def show(seed, detection, found):
    event, engine, expected = found
    print(f"difference: rule {seed}\n{generate.rule_yaml(detection)}")
    if event is not None:
        print("event:", json.dumps({k: to_json(v) for k, v in event.items()}, ensure_ascii=False))
    print(f"engine: {engine}\noracle: {expected}\n", flush=True)


def pick(seed):
    """A rule and its events."""
    chance = random.Random(seed)
    detection = generate.pick_rule(chance)
    rule, _ = ask_oracle(generate.rule_yaml(detection))
    unknown = chance.choice([0, 0, 0.1])
    events = [generate.pick_event(chance, rule, unknown) for _ in range(EVENTS)] if rule else []
    return detection, events


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("evaluate")
    parser.add_argument("--pairs", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rule")
    parser.add_argument("--keep-going", action="store_true")
    options = parser.parse_args()
    engine = Engine(options.evaluate, generate.PLACEHOLDERS)
    counts = collections.Counter()
    number = 0
    differences = set()
    while counts["pairs"] < options.pairs:
        seed = options.rule or f"{options.seed}:{number}"
        number += 1
        detection, events = pick(seed)
        found = compare(engine, detection, events)
        counts["pairs"] += len(events)
        counts["refused"] += not events
        if found:
            counts["different"] += 1
            detection, found = reduce(engine, copy.deepcopy(detection), found)
            if found[1:] not in differences:
                show(seed, detection, found)
            if found[0] is None:
                differences.add(found[1:])
            if not options.keep_going:
                sys.exit(1)
        if options.rule:
            break
    print(f"{number} rules, {counts['refused']} of them refused by both; {counts['pairs']} pairs; "
          f"{counts['different']} differences")
    sys.exit(1 if counts["different"] else 0)


if __name__ == "__main__":
    main()
