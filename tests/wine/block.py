# SPDX-License-Identifier: MIT
"""`vigil rules` on vigil.sys: a rules file: put in force, reported, stored, removed."""
import os
import shutil

from command import VIGIL, Watch, of
from driver import ACCESS_DENIED, proof
from wine import one

CMD = r"C:\windows\system32\cmd.exe"
RAN = CMD + r" /c echo ran> C:\proof.txt"


def block(wine, *arguments, status=0):
    done = wine.run(VIGIL, "rules", *arguments)
    assert done.returncode == status, f"vigil rules {arguments}: {done}"
    return done.stdout


def hits(wine):
    """How often each rule has matched, by its id."""
    lines = [line.split() for line in block(wine, "list").splitlines()[1:]]
    # The driver counts for rules, not for what it cannot judge: "unknown" has "-".
    return {words[0]: int(words[1]) for words in lines if words[1] != "-"}


def refused(wine, command):
    """Its creator gets error 5, which fire.exe ends with; it has not run."""
    done = wine.fire("spawn", command, status=5)
    assert one(done, "refused")["status"] == ACCESS_DENIED, done
    assert one(done, "ended")["code"] == ACCESS_DENIED, done


def test_block_load(wine):
    """vigil rules load: denied by path and by name it does not run, audited it does; hits"""
    os.makedirs(os.path.join(wine.c, "ProgramData/Vigil"), exist_ok=True)
    for name in ("nc.exe", "told.exe"):
        shutil.copy(os.path.join(wine.c, "fire.exe"), os.path.join(wine.c, name))
    block(wine, "add", "deny", "path=" + CMD, "id=by-path", "--comment", "no shells")
    block(wine, "add", "deny", "name=NC.exe", "id=by-name")
    block(wine, "add", "audit", r"path=C:\told.exe", "id=audited")
    wine.fire("spawn", RAN)
    assert proof(wine)  # not in force yet
    assert "3 rules" in block(wine, "load")

    watch = Watch(wine, "--type", "create,denied,status")
    refused(wine, RAN)
    assert not proof(wine)
    refused(wine, r"C:\nc.exe exit 7")
    refused(wine, r"C:\nc.exe exit 7")
    wine.fire("spawn", r"C:\told.exe exit 7", status=7)
    wine.fire("spawn", r"C:\fire.exe exit 7", status=7)
    events = watch.stop()
    rules = [e["rule"]["name"] for e in events if "rule" in e]
    assert rules == ["by-path", "by-name", "by-name", "audited"], events
    assert [e["process"]["name"] for e in of(events, "start")] == ["told.exe", "fire.exe"], events
    assert hits(wine) == {"by-path": 1, "by-name": 2, "audited": 1}
    assert "may not start: rule by-path" in block(wine, "test", CMD, status=7)


def test_block_kept(wine):
    """loaded rules apply after the driver was started again"""
    wine.service("stop", "vigil")
    wine.fire("spawn", RAN)
    assert proof(wine)  # no rule refuses it
    wine.service("start", "vigil")
    refused(wine, RAN)
    assert not proof(wine) and hits(wine)["by-path"] == 1


def test_block_mistake(wine):
    """an error names its line, and the rules in force stay"""
    path = os.path.join(wine.c, "ProgramData/Vigil/rules.txt")
    with open(path, encoding="utf-8") as f:
        before = f.read()
    with open(path, "a", encoding="utf-8") as f:
        f.write("deny nothing\n")
    done = wine.run(VIGIL, "rules", "load")
    assert done.returncode not in (0, 7) and "rules.txt:4:" in done.stderr, done
    refused(wine, RAN)
    with open(path, "w", encoding="utf-8") as f:
        f.write(before)


def test_block_clear(wine):
    """vigil rules clear, then load: all may start again, after a restart too"""
    block(wine, "clear")
    refused(wine, RAN)  # until it is loaded
    assert "0 rules" in block(wine, "load")
    for _ in range(2):
        wine.fire("spawn", RAN)
        assert proof(wine)
        wine.service("stop", "vigil")
        wine.service("start", "vigil")
    shutil.rmtree(os.path.join(wine.c, "ProgramData/Vigil"))


def test_block_needs_names(wine):
    """without the filter manager's names the driver takes no rules, and says what to do"""
    path = os.path.join(wine.c, "rules.txt")
    with open(path, "w", encoding="utf-8") as f:
        f.write("deny name=no.exe\n")
    for names, status in ((0, 1), (1, 0)):
        wine.setting("FilterNames", names)
        wine.service("stop", "vigil")
        wine.service("start", "vigil")
        done = wine.run(VIGIL, "rules", "load", r"C:\rules.txt")
        assert (done.returncode != 0) == bool(status), done
        assert ("FilterNames" in done.stderr) == bool(status), done
    with open(path, "w", encoding="utf-8"):
        pass
    assert "0 rules" in block(wine, "load", r"C:\rules.txt")
