#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""repository.py - evaluates all rules of a checkout of SigmaHQ/sigma with engine and oracle.

    repository.py EVALUATE CHECKOUT [FOLDER...]

Of each rule, one that must match and others that are nearly so are made of events, and both
have to say the same of all of them. The log source of a rule is replaced by one that the engine
knows, so that rules of every log source are evaluated. The events in regression_data, which the
repository keeps for some of its rules, must match those.
"""
import collections
import json
import os
import random
import re
import sys

import derive
import differential
import generate
import oracle
import yaml12
from refused import Refused

FOLDERS = ["rules", "rules-emerging-threats", "rules-threat-hunting"]
SOURCE = "logsource:\n    category: process_creation\n    product: windows\n"


def rule_files(root, folders):
    for folder in folders:
        for path, _, names in sorted(os.walk(os.path.join(root, folder))):
            for name in sorted(names):
                if name.endswith((".yml", ".yaml")):
                    yield os.path.join(path, name)


def read_rule(path):
    """The text of a rule with its log source replaced."""
    with open(path, encoding="utf-8") as file:
        return re.sub(r"^logsource:[ \t]*\n(?:[ \t]+.*\n|[ \t]*\n|#.*\n)+", SOURCE, file.read(),
                      flags=re.M)


def flatten(event):
    """The fields of a Windows event in JSON, by the names that rules use: without blanks, and
    the attributes of a tag with its name before theirs."""
    fields = {}
    for name, value in event.items():
        if isinstance(value, dict):
            for attribute, inner in value.get("#attributes", {}).items():
                fields[f"{name}_{attribute}"] = inner
            fields.update(flatten(value))
        elif isinstance(value, (str, int)) and not isinstance(value, bool):
            fields[name.replace(" ", "")] = value
    return fields


class Comparison:
    """The engine, the counts, and what differed."""

    def __init__(self, path):
        self.placeholders = {"known_cdcs": ["dc01*"]}
        self.engine = differential.Engine(path, self.placeholders)
        self.counts = collections.Counter()

    def load(self, path):
        """The rule of the oracle, or None."""
        text = read_rule(path)
        try:
            rule = oracle.Rule(next(yaml12.documents(text)), self.placeholders)
            reason = ""
        except Refused as error:
            rule, reason = None, str(error)
        outcome, _, _, why = self.engine.load(text)[0]
        if (outcome == "loaded") != (rule is not None):
            self.differ(path, None, f"{outcome} {why}", reason or "loaded")
            return None
        self.counts["refused"] += rule is None
        return rule

    def differ(self, path, event, engine, expected):
        self.counts["differences"] += 1
        print(f"{path}\n  {event}\n  engine: {engine}\n  oracle: {expected}", flush=True)

    def event(self, path, rule, event):
        """Compares one event; returns the verdict of the oracle."""
        expected = differential.VERDICTS[rule.match(event)]
        verdict = self.engine.event(event)
        self.counts["pairs"] += 1
        if verdict != expected:
            self.differ(path, event, verdict, expected)
        return expected

    def rule(self, path):
        """One file of rules."""
        rule = self.load(path)
        if not rule:
            return
        chance = random.Random(path)
        self.counts["rules"] += 1
        matched = derive.event_for(chance, rule, True)
        if matched is None:
            print(f"{path}: no event was found that matches")
            self.counts["no match found"] += 1
        else:
            self.event(path, rule, matched)
        verdicts = [self.event(path, rule, event)
                    for event in derive.near_events(chance, matched or {})]
        verdicts += [self.event(path, rule, generate.pick_event(chance, rule)) for _ in range(4)]
        missed = derive.event_for(chance, rule, False)
        if missed is not None:
            verdicts.append(self.event(path, rule, missed))
        if "0" not in verdicts:
            print(f"{path}: no event was found that does not match")
            self.counts["no miss found"] += 1

    def regression(self, root, paths):
        """The events of regression_data that are JSON, with the rules that they belong to."""
        by_id = {}
        for path in paths:
            found = re.search(r"^id: *(\S+)", read_rule(path), re.M)
            by_id[found.group(1) if found else ""] = path
        for folder, _, names in sorted(os.walk(os.path.join(root, "regression_data"))):
            for name in names:
                path = by_id.get(name.removesuffix(".json"))
                if not name.endswith(".json") or not path:
                    continue
                with open(os.path.join(folder, name), encoding="utf-8-sig") as file:
                    text = file.read()
                rule = self.load(path)
                if not rule:
                    continue
                found = [self.event(path, rule, flatten(event)) for event in documents(text)]
                self.counts["regression files"] += 1
                if "1" not in found:
                    print(f"{folder}/{name}: no event matches")
                    self.counts["regression failures"] += 1


def documents(text):
    """The JSON documents of a text, one after the other or in an array."""
    decoder = json.JSONDecoder()
    at = 0
    while at < len(text.rstrip()):
        while text[at].isspace():
            at += 1
        found, at = decoder.raw_decode(text, at)
        yield from found if isinstance(found, list) else [found]


def main():
    comparison = Comparison(sys.argv[1])
    root, folders = sys.argv[2], sys.argv[3:] or FOLDERS
    paths = list(rule_files(root, folders))
    for path in paths:
        comparison.rule(path)
    comparison.regression(root, paths)
    counts = comparison.counts
    print(", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    sys.exit(1 if counts["differences"] or counts["regression failures"] else 0)


if __name__ == "__main__":
    main()
