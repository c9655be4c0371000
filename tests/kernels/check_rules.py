# SPDX-License-Identifier: MIT
"""check_rules.py - the tests of what the file rules did: what rules forbade, and what that cost."""
import os

from live import get, read_events
from results import DIRECTORY, has, has_trampolines, read, version


def by_lsm():
    """Whether this kernel can enforce rules by BPF LSM."""
    return version() >= (5, 17) and has_trampolines()


def rules_ran():
    """(means, case) -> whether it ran."""
    if not has("rules.out"):
        return None
    lines = [line.split() for line in read("rules.out").splitlines()]
    return {(means, case): word == "ran" for means, case, word in lines}


def rules_told(name):
    """What was reported while rules were in force, and by what means they were."""
    events = read_events(os.path.join(DIRECTORY, name + ".json"))
    said = [get(e, "message") for e in events if get(e, "vigil.type") == "status"]
    denied = [e for e in events if get(e, "vigil.type") == "denied"]
    lost = sum(get(e, "vigil.lost.count") for e in events if get(e, "vigil.type") == "lost")
    return denied, [s for s in said if "are in force" in s], lost


# Cases that rules refuse, by both means; those that only BPF LSM can.
REFUSED = {"path", "symbolic", "hard", "descriptor", "PATH", "bind", "chroot-link", "folder",
           "name", "name-elsewhere", "user", "parent", "parent-itself", "grandparent", "script",
           "interpreter", "loader"}
REFUSED_BY_LSM = {"memory", "bound-name", "own-mounts", "false-path", "long-path", "beyond-limits"}
ALLOWED = {"good", "loader-of-another", "exception", "user-root", "no-parent", "great-grandparent", "audit",
           "long-but-allowed"}


def test_rules():
    """rules: what they forbid does not start, the rest does; by BPF LSM what fanotify cannot"""
    ran = rules_ran()
    if ran is None:
        return "SKIP not run"
    for means in "lsm", "fanotify":
        lsm = means == "lsm" and by_lsm()
        denied, said, lost = rules_told("rules-" + means)
        assert (" by BPF LSM" in said[0] and " not by" not in said[0]) == lsm, said
        assert lost == 0
        for case in REFUSED | (REFUSED_BY_LSM if lsm else set()):
            assert not ran[means, case], f"{means}: {case} ran"
        for case in ALLOWED - (set() if lsm else {"long-but-allowed"}):
            assert ran[means, case], f"{means}: {case} did not run"
        names = [get(e, "rule.name") for e in denied]
        assert names.count("path") == 7 and names.count("parent") == 3, names
        assert names.count("seen") == names.count("script") == names.count("interpreter") == 1
        hits = [get(e, "vigil.denied.hits") for e in denied if get(e, "rule.name") == "path"]
        assert hits == list(range(1, 8)), hits
    if not by_lsm():
        why = "Linux 5.17" if version() < (5, 17) else "cannot attach the BPF LSM program"
        assert why in said[0] or why in rules_told("rules-lsm")[1][0]
    else:
        assert "rule a-pattern has a pattern" in said[0], said
    return None


def test_rules_records():
    """what BPF LSM reports about a refused start: the file, the command, who asked, which rule"""
    if rules_ran() is None or not by_lsm():
        return "SKIP not run"
    denied, _, _ = rules_told("rules-lsm")
    of = {}
    for e in denied:
        of.setdefault(get(e, "rule.name"), []).append(e)
    first = of["path"][0]
    assert get(first, "vigil.denied.args") == ["/r/bad", "/r/marks/mark"], first
    assert get(first, "file.path") == "/r/bad", first
    assert get(first, "vigil.denied.verdict") == "deny" and get(first, "event.outcome") == "failure"
    assert {get(e, "file.inode") for e in of["path"]} == {get(first, "file.inode")}
    assert get(of["user"][0], "user.effective.id") == "65534", of["user"]
    assert get(of["loader"][0], "vigil.denied.args") == [
        os.environ["LOADER"], "/r/true"], of["loader"]
    assert get(of["seen"][0], "vigil.denied.verdict") == "audit"
    assert get(of["memory"][0], "file.path") == "/memfd:copy", of["memory"]
    # Two refused by the folder itself, by its path, and below 21 folders of 200 letters.
    assert len(of["folder"]) == 4, of["folder"]
    assert len(of["unknown"]) == 1 and get(of["unknown"][0], "vigil.denied.verdict") == "deny"
    return None


def test_rules_under_load():
    """200 forbidden and 200 allowed starts on two CPUs: none and all, each reported with its hits"""
    if rules_ran() is None:
        return "SKIP not run"
    for n in "12":
        refused, fine = read("rules-load." + n).split()[:2]
        assert (refused, fine) == ("100", "100"), (refused, fine)
    denied, _, lost = rules_told("rules-load")
    assert lost == 0
    assert sorted(get(e, "vigil.denied.hits") for e in denied) == list(range(1, 201))
    # With fanotify a helper process reads the arguments; a slow emulator may leave it no time.
    slow = [] if by_lsm() else [e for e in denied if get(e, "vigil.unreadable") == ["args"]]
    print(f"# {len(slow)} of 200 refused starts without their arguments, and said so")
    for e in denied:
        assert e in slow or get(e, "vigil.denied.args") == ["/r/bad", "/r/marks/forbidden"], e
    assert len(slow) < 100
    assert int(read("rules-load.status")) == 0
    return None


def test_rules_without_us():
    """stopped, BPF LSM still decides and no process waits; killed it ends, unless it is to stay"""
    ran = rules_ran()
    if ran is None or not by_lsm():
        return "SKIP not run"
    want = {"stopped-bad": False, "stopped-good": True, "killed": True,
            "stay-killed": False, "stay-killed-good": True, "stay-again": False,
            "stay-ended": False, "stay-not-bad": True, "stay-not-good": False,
            "stay-not-ended": True, "stay-before-removal": False, "stay-removed": True}
    got = {case: ran["lsm", case] for case in want}
    assert got == want, [case for case in want if got[case] != want[case]]
    assert len(rules_told("rules-stopped")[0]) == 1
    assert float(read("rules-stopped.seconds")) < 20
    assert "/sys/fs/bpf/vigil-rules" in read("rules-stay.doctor"), read("rules-stay.doctor")
    return None


def test_rules_that_change():
    """sets that follow one another, by either means, while forbidden programs are started"""
    if rules_ran() is None:
        return "SKIP not run"
    starts = [line.split()[:2] for line in read("rules-swap.out").splitlines()]
    assert len(starts) > 4 and all(each == ["10", "10"] for each in starts), starts
    said = rules_told("rules-swap")[1]
    assert len(said) == 10, said
    if by_lsm():
        assert any("not by BPF LSM" in s for s in said) and any("BPF LSM" in s[-8:] for s in said)
    return None


def test_rules_losses():
    """refused starts that a reader who stands still has no space for are counted"""
    if rules_ran() is None or not by_lsm():
        return "SKIP not run"
    refused = int(read("rules-lost.out").split()[0])
    denied, _, lost = rules_told("rules-lost")
    assert refused == 400 and lost > 0 and len(denied) + lost == 400, (refused, lost, len(denied))
    return None


def test_rules_cost():
    """instructions of an allowed start: BPF LSM adds less than fanotify"""
    none, lsm, fanotify = (min(int(line.split()[3]) for line in read("rules-cost." + n).splitlines())
                           for n in ("none", "lsm", "fanotify"))
    print(f"# instructions of an allowed start: {none} without rules, "
          f"{'BPF LSM +' + str(lsm - none) + ', ' if by_lsm() else ''}fanotify +{fanotify - none}")
    if not by_lsm():
        return "SKIP no BPF LSM"
    assert lsm < fanotify
    return None
