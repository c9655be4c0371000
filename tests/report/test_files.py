#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_files.py MAKE_VIEWS - the files themselves, without a browser: TAP."""
import html.parser
import json
import os
import subprocess
import sys
import tempfile

import tap
from check_trace import check


class Elements(html.parser.HTMLParser):
    """The elements of a page, and the text of its scripts."""

    def __init__(self):
        super().__init__()
        self.tags, self.scripts = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.tags and self.tags[-1][0] == "script":
            self.scripts[-1] += data


def make(kind):
    """The page and the trace, made once."""
    names = [os.path.join(where, kind + end) for end in (".html", ".json")]
    if not os.path.exists(names[0]):
        subprocess.run([sys.argv[1], kind, *names], check=True)
    return names


def page_of(kind):
    with open(make(kind)[0], encoding="utf-8") as page:
        return page.read()


def trace_of(kind):
    with open(make(kind)[1], encoding="utf-8") as trace:
        return json.load(trace)


def data_of(page):
    elements = Elements()
    elements.feed(page)
    assert len(elements.scripts) == 2, f"{len(elements.scripts)} scripts"
    return elements, json.loads(elements.scripts[0])


def test_hostile_page():
    """names that want to be code are data: two scripts, nothing from outside"""
    page = page_of("hostile")
    elements, data = data_of(page)
    for tag, attributes in elements.tags:
        assert tag not in ("img", "iframe", "object", "link", "base"), tag
        assert not set(attributes) & {"src", "onerror", "onload"}, (tag, attributes)
        assert attributes.get("href", "#").startswith("#"), attributes
    policy = [a["content"] for t, a in elements.tags if t == "meta" and
              a.get("http-equiv") == "Content-Security-Policy"]
    assert len(policy) == 1 and policy[0].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[0]
    raw = page.split('id="data"')[1].split("</script>")[0].split(">", 1)[1]
    assert "<" not in raw and "&" not in raw
    words = "\n".join(data["s"])
    for character in "\x1b\x07\u202e\u2028\u2029\ufffd":
        assert character not in words, hex(ord(character))
    for escaped in ("\\x1b]0;owned\\a", "\\xff\\xfe\\xc0\\xaf", "\\u202egpj.exe", "\\xed\\xa0"):
        assert escaped in words, escaped


def test_hostile_data():
    """the processes of a reused PID are distinguished, with their incidents and losses"""
    _, data = data_of(page_of("hostile"))
    rows = [i for i, pid in enumerate(data["p"]["pid"]) if pid == 200]
    assert len(rows) == 11
    assert len({data["p"]["n"][i] for i in rows}) == 11
    assert {data["p"]["up"][i] for i in rows} == {data["p"]["pid"].index(100)}
    assert len(data["incidents"]) == 33 and len(data["losses"]) == 11
    assert data["totals"]["lost"] == 132
    assert {i[2] for i in data["incidents"]} <= set(rows)


def test_rows_in_order():
    """50,000 processes: each after its parent, all columns of one length"""
    page = page_of("many")
    _, data = data_of(page)
    columns = data["p"]
    assert len(columns["pid"]) == 49999 and {len(c) for c in columns.values()} == {49999}
    assert all(up < row for row, up in enumerate(columns["up"]))
    assert not any(data["cut"].values())
    assert len(page) < 12 << 20, len(page)
    print(f"# a page of {len(page) / (1 << 20):.1f} MiB")


def test_bounded():
    """more than a page holds: it says how much is missing"""
    page = page_of("full")
    _, data = data_of(page)
    assert len(data["p"]["pid"]) == 200000
    assert data["cut"]["processes"] > 4000
    assert data["totals"]["started"] == 200000
    assert len(page) < 48 << 20, len(page)


def test_trace_rules():
    """the trace keeps the rules of its format, with hostile names and reused PIDs"""
    counts = check(trace_of("hostile"))
    assert counts["B"] == counts["E"] and counts["s"] == counts["f"] and counts["i"] >= 11 * 6
    trace = trace_of("many")
    counts = check(trace)
    assert counts["B"] == counts["E"] >= 2 * 49999
    assert counts["s"] == counts["f"] > 49000
    true = {e["args"]["pid"] for e in trace["traceEvents"] if e["ph"] == "B"}
    assert max(true) <= 30007
    print("# " + ", ".join(f"{counts[p]} {p}" for p in sorted(counts)))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="vigil-") as where:
        sys.exit(tap.run(globals()))
