#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""differential_correlations.py - compares correlations of the engine with those of the oracle.

    differential_correlations.py EVALUATE [--streams N] [--seed N] [--stream N]

Each stream has random correlation rules, which may refer to each other, and 200 events. After
each event, the matches of both must be the same. The first difference is reduced to few rules
and events, and printed. --stream runs one stream of a seed again.
"""
import argparse
import collections
import json
import random
import sys

import correlations
import differential
import generate_correlations as generate
import oracle
import yaml12

EVENTS = 200


def build(numbers, texts):
    """The oracle's stream; numbers are those that the engine gave to the correlations."""
    base = {f"r{i}": oracle.Rule(next(yaml12.documents(generate.base_yaml(i))))
            for i in range(generate.BASE)}
    known = dict(base)
    made = []
    for number, text in zip(numbers, texts):
        document = next(yaml12.documents(text))
        made.append((number, correlations.Correlation(document, known.__getitem__)))
        known[document["name"].text] = made[-1][1]
    made.sort(key=lambda pair: pair[0])
    for number, correlation in made:
        correlation.number = number
    return list(base.values()), correlations.Stream([correlation for _, correlation in made])


def compare(engine, texts, stream):
    """The first difference: (index of the event, engine, oracle), or None."""
    documents = [generate.base_yaml(i) for i in range(generate.BASE)] + texts
    notes = engine.load("---\n".join(documents))
    if any(note[0] != "loaded" for note in notes):
        return 0, str(notes), "loaded"
    rules, follow = build([int(note[2]) for note in notes[generate.BASE:]], texts)
    for index, (time, event) in enumerate(stream):
        found = engine.event(event, time).split(" ")[1:]
        hits = [rule for rule in rules if rule.match(event)]
        expected = [f"{match.number}@{at}" for match, at in follow.event(time, event, hits)]
        compare.matches += len(expected)
        if found != expected:
            return index, " ".join(found), " ".join(expected)
    return None


compare.matches = 0


def reduce(engine, texts, stream, found):
    """Fewer rules and events with a difference."""
    progress = True
    while progress:
        progress = False
        stream = stream[:found[0] + 1]
        for lists in (texts, stream):
            for i in reversed(range(len(lists))):
                kept = lists[:i] + lists[i + 1:]
                smaller = (kept, stream) if lists is texts else (texts, kept)
                if lists is texts and any(f"c{i}\n" in text or f"c{i}:" in text for text in kept):
                    continue
                again = compare(engine, *smaller) if smaller[1] else None
                if again and again[2] != "loaded":
                    texts, stream = smaller
                    found, progress = again, True
                    break
    return texts, stream, found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("evaluate")
    parser.add_argument("--streams", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stream")
    options = parser.parse_args()
    engine = differential.Engine(options.evaluate, {})
    counts = collections.Counter()
    for number in range(options.streams):
        seed = options.stream or f"{options.seed}:{number}"
        chance = random.Random(seed)
        texts = [generate.pick_correlation(chance, i) for i in range(chance.randint(1, 5))]
        stream = list(generate.pick_stream(chance, EVENTS))
        found = compare(engine, texts, stream)
        if found:
            texts, stream, found = reduce(engine, texts, stream, found)
            print(f"difference: stream {seed}\n" + "---\n".join(texts))
            for time, event in stream:
                print((time - generate.START) / generate.SECOND, json.dumps(event))
            print(f"engine: {found[1]}\noracle: {found[2]}")
            sys.exit(1)
        counts["correlations"] += len(texts)
        if options.stream:
            break
    print(f"{options.streams} streams of {EVENTS} events, {counts['correlations']} correlations, "
          f"{compare.matches} matches: no difference")


if __name__ == "__main__":
    main()
