# SPDX-License-Identifier: MIT
"""Rules: what they forbid does not start, whatever it is called; the rest does."""
import hashlib
import os
import shutil
import subprocess
import sys
import time

import live
from enforced import FIRST, START, Enforced, folder, program, runs


def test_never_an_instruction():
    """2 x 1,000 starts of a forbidden program beside 2 x 1,000 of an allowed one: none and all"""
    here = folder()
    bad, good = program(here + "/bad"), program(here + "/good")
    with Enforced(f"deny path={bad} id=bad") as enforced:
        marks = [live.temporary("mark") for _ in range(2)]
        both = [subprocess.Popen([START, "1000", bad, good, mark], stdout=subprocess.PIPE)
                for mark in marks]
        for process in both:
            refused, fine, _, _ = process.communicate(timeout=120)[0].split()
            assert (int(refused), int(fine)) == (1000, 1000), (refused, fine)
        assert not any(os.path.exists(mark) for mark in marks)
    events, arguments = enforced.denied("bad"), []
    assert len(events) == 2000, len(events)
    assert sorted(live.get(e, "vigil.denied.hits") for e in events) == list(range(1, 2001))
    for event in events:
        assert live.get(event, "event.outcome") == "failure"
        assert live.get(event, "event.action") == "denied"
        assert live.get(event, "vigil.denied.verdict") == "deny"
        arguments.append(live.get(event, "vigil.denied.args"))
        if arguments[-1] is None:  # a helper had 100 ms to read them
            assert "args" in live.get(event, "vigil.unreadable"), event
            continue
        assert arguments[-1] in ([bad, marks[0]], [bad, marks[1]]), event
    assert arguments.count(None) < 1000, "the arguments of most are missing"
    times = [live.get(e, "@timestamp") for e in enforced.events]
    assert times == sorted(times)


def test_by_name_among_all():
    """A name, a pattern and a folder, under load of 1,000 allowed starts each"""
    here = folder()
    os.mkdir(here + "/in")
    cases = {"name=bad-name": here + "/bad-name", f"folder={here}/in": here + "/in/x",
             f"pattern={here}/b?d-*": here + "/bxd-7"}
    good = program(here + "/good")
    for word, path in cases.items():
        program(path)
        with Enforced(f"deny {word} id=it", f"allow path={good}"):
            mark = live.temporary("mark")
            out = subprocess.run([START, "300", path, good, mark], capture_output=True,
                                 timeout=120, check=True).stdout.split()
            assert out[:2] == [b"300", b"300"], out
            assert not os.path.exists(mark)


def test_other_names_of_the_file():
    """Links, bind mounts, other namespaces, descriptors, PATH: the file itself is meant"""
    here = folder()
    bad = program(here + "/bad")
    os.symlink(bad, here + "/symbolic")
    os.link(bad, here + "/hard")
    os.mkdir(here + "/other")
    os.link(bad, here + "/other/moved")
    program(here + "/point")
    os.mkdir(here + "/root")
    with Enforced(f"deny path={bad} id=bad"):
        for path in (bad, here + "/symbolic", here + "/hard", here + "/other/moved"):
            assert not runs(path), path
        assert not runs("bad", env={"PATH": here}), "PATH"
        assert not runs(START, "exec", bad), "execveat"
        assert not runs("unshare", "-m", "sh", "-c",
                        f'mount --bind {bad} {here}/point && exec {here}/point "$1"', "sh"), "bind"
        assert not runs("unshare", "-m", "sh", "-c",
                        f'mount --bind {here} {here}/root && exec {here}/root/bad "$1"',
                        "sh"), "bind of a folder"
        mark = live.temporary("mark")
        assert not runs("chroot", here, "/bad", mark=mark), "chroot"
        assert runs(here + "/point"), "an allowed one"


LOADER = live.LOADER


def test_what_is_not_covered():
    """Copies and memory files start, as documented"""
    here = folder()
    bad = program(here + "/bad")
    with Enforced(f"deny path={bad}"):
        shutil.copy(bad, here + "/copy")
        assert runs(here + "/copy"), "a copy"
        assert runs(START, "memfd", bad), "a copy in memory"


def test_dynamic_loader():
    """ld.so PROGRAM: covered by path=, which is asked when the loader opens the program"""
    here = folder()
    sh = shutil.copy("/bin/sh", here + "/sh")
    os.symlink(sh, here + "/symbolic")
    command = ("-c", ': >"$1"', "sh")
    with Enforced(f"deny path={sh} id=sh") as enforced:
        assert not runs(sh, *command)
        for name in (sh, here + "/symbolic"):
            mark = live.temporary("mark")
            assert subprocess.run([LOADER, name, *command, mark], capture_output=True,
                                  timeout=60, check=False).returncode != 0
            assert not os.path.exists(mark), "through ld.so"
        with open(sh, "rb") as file:
            assert file.read(4) == b"\x7fELF", "reading it is allowed"
        assert runs(LOADER, "/bin/sh", *command), "an allowed one through ld.so"
    assert len(enforced.denied("sh")) == 3
    with Enforced(f"deny folder={here}"):
        assert runs(LOADER, sh, *command), "folder= does not see it"


def test_dynamic_loader_mounted():
    """ld.so PROGRAM, where ld.so is mounted under another name: covered"""
    if os.stat(LOADER).st_nlink > 1:  # rules.md: not covered
        raise live.Skip("root has made a hard link of the loader; perf does, in ~/.debug")
    here = folder()
    sh, mark = shutil.copy("/bin/sh", here + "/sh"), live.temporary("mark")
    program(here + "/other")
    with Enforced(f"deny path={sh} id=sh") as enforced:
        assert subprocess.run(["unshare", "-m", "sh", "-c", f'mount --bind {LOADER} {here}/other && '
                               f'exec {here}/other {sh} -c ": >{mark}"'], capture_output=True,
                              timeout=60, check=False).returncode != 0
        assert not os.path.exists(mark), "through ld.so under another name"
    assert len(enforced.denied("sh")) == 1


def deep_folder(here, levels=21):
    """A descriptor of a folder whose path is longer than PATH_MAX."""
    at = os.open(here, os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(levels):
        os.mkdir("d" * 200, dir_fd=at)
        below = os.open("d" * 200, os.O_RDONLY | os.O_DIRECTORY, dir_fd=at)
        os.close(at)
        at = below
    os.fchmod(at, 0o755)
    return at


def copy_into(folder_fd, source, name="bad"):
    fd = os.open(name, os.O_WRONLY | os.O_CREAT, 0o755, dir_fd=folder_fd)
    with open(source, "rb") as file, os.fdopen(fd, "wb") as copy:
        shutil.copyfileobj(file, copy)


def test_long_paths():
    """A path longer than PATH_MAX: refused where a rule may mean it, and reported"""
    here = folder()
    os.mkdir(here + "/bad.d")
    deep = deep_folder(here + "/bad.d")
    copy_into(deep, FIRST)

    def run_deep():
        return runs("./bad", preexec_fn=lambda: os.fchdir(deep))

    with Enforced(f"deny folder={here}/bad.d id=f") as enforced:
        assert not run_deep()
    event, = enforced.denied("unknown")
    assert live.get(event, "vigil.denied.verdict") == "deny", event
    inode = os.stat("bad", dir_fd=deep).st_ino
    assert live.get(event, "file.inode") == str(inode), event
    assert live.get(event, "vigil.unreadable") == ["image"], event
    with Enforced("unknown audit", "deny name=x") as enforced:
        assert run_deep()
    event, = enforced.denied("unknown")
    assert live.get(event, "vigil.denied.verdict") == "audit", event
    with Enforced("unknown allow", "deny name=x") as enforced:
        assert run_deep()
        time.sleep(1.5)
        listed = subprocess.run([live.VIGIL, "rules", "list", "--rules", enforced.rules],
                                capture_output=True, timeout=60, check=True).stdout.decode()
        assert ["unknown", "1", "unknown", "allow"] in [line.split() for line in
                                                        listed.splitlines()], listed
    assert not enforced.denied("unknown")
    with Enforced("audit name=x"):
        assert run_deep(), "an audit rule refuses nothing"
    os.close(deep)


# mount(8) and cd of the shell make paths whole, and fail if they are too long.
BIND = ("import ctypes, os, sys; a = [x.encode() for x in sys.argv[1:]]; "
        "ctypes.CDLL(None).mount(a[0], a[1], None, 4096, None) and sys.exit(99); "
        "os.chdir(a[1]); os.execv(b'./bad', [b'./bad', a[2]])")


def test_own_mounts():
    """In a separate mount namespace the caller chooses the path that the kernel reports"""
    here = folder()
    os.makedirs(here + "/bad.d/in")
    for name in ("elsewhere", "empty", "deep"):
        os.mkdir(f"{here}/{name}")
    bad, evil = program(here + "/bad.d/bad"), program(here + "/bad.d/evil")
    good = program(here + "/bad.d/good")
    deep = deep_folder(here + "/deep")
    copy_into(deep, FIRST)
    os.mkdir("other", dir_fd=deep)
    cases = {
        "a folder bound elsewhere": f'mount --bind {here}/bad.d {here}/elsewhere && '
                                    f'exec {here}/elsewhere/bad "$1"',
        "a detached mount": f'mount --bind {here}/bad.d {here}/elsewhere && cd {here}/elsewhere && '
                            f'umount -l {here}/elsewhere && exec ./bad "$1"',
        "bound over an allowed name": f'mount --bind {evil} {good} && exec {good} "$1"',
        "bound where the path is too long": f'{sys.executable} -c "{BIND}" {here}/bad.d other "$1"',
    }
    with Enforced(f"allow path={good}", f"deny folder={here}/bad.d id=f",
                  f"deny path={here}/none id=p") as enforced:
        assert runs(good)
        for name, script in cases.items():
            assert not runs("unshare", "-m", "sh", "-c", script, "sh",
                            preexec_fn=lambda: os.fchdir(deep)), name
    assert len(enforced.denied("f")) == len(cases), enforced.events
    assert bad and not enforced.denied("unknown")
    with Enforced(f"deny path={bad} id=p"):
        for name in ("a folder bound elsewhere", "bound where the path is too long"):
            assert not runs("unshare", "-m", "sh", "-c", cases[name], "sh",
                            preexec_fn=lambda: os.fchdir(deep)), name
    os.close(deep)


def test_ancestors():
    """ancestor=: any program further up; parent= is evaded by one program in between"""
    here = folder()
    bad = program(here + "/bad")
    server = shutil.copy("/bin/sh", here + "/server")
    for name, line in (("outer", f'/bin/sh {here}/inner "$@"; exit $?'), ("inner", '"$@"; exit $?')):
        with open(f"{here}/{name}", "w", encoding="utf-8") as file:
            file.write(line + "\n")
    near, far = (server, here + "/inner", bad), (server, here + "/outer", bad)
    with Enforced(f"deny path={bad} parent={server} id=parent"):
        assert not runs(*near)
        assert runs(*far), "two programs in between"
    for word in (server, "server", here + "/ser*"):
        with Enforced(f"deny path={bad} ancestor={word} id=ancestor") as enforced:
            assert not runs(*near)
            assert not runs(*far), "two programs in between"
            assert runs(bad)
        assert len(enforced.denied("ancestor")) == 2


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def test_hashes():
    """hash=: copies under any name; an exception by content; a change is seen"""
    here = folder()
    bad, good = program(here + "/bad"), program(here + "/good")
    with open(good, "ab") as file:
        file.write(b"\0")
    with Enforced(f"deny hash={sha256(bad)} id=h") as enforced:
        copy = shutil.copy(bad, here + "/copy")
        for path in (bad, copy, bad, copy):
            assert not runs(path), path
        assert runs(good) and runs(good)
        shutil.copy(bad, good)
        assert not runs(good), "its content is that of the forbidden one now"
        with open(good, "ab") as file:
            file.write(b"\0")
        assert runs(good), "and now it is not"
    assert len(enforced.denied("h")) == 5, enforced.events
    assert not enforced.denied("unknown")
    with Enforced(f"allow hash=sha256:{sha256(good)}", f"deny folder={here} id=f") as enforced:
        assert runs(good) and runs(good)
        assert not runs(bad)
    assert len(enforced.denied("f")) == 1 and not enforced.denied("unknown")
    # A file that is too large to be read in time, and rules that come and go meanwhile.
    large = shutil.copy(bad, here + "/large")
    os.truncate(large, 300 << 20)
    with Enforced(f"deny hash={sha256(bad)} id=h") as enforced:
        assert not runs(large)
        enforced.write("unknown allow", f"deny hash={sha256(bad)} id=h")
        enforced.wait_for("are in force", 2)
        assert runs(large)
        assert not runs(bad)
    assert len(enforced.denied("unknown")) == 1


def test_hashes_under_load():
    """Hashes while programs are started, and while the rules are replaced"""
    here = folder()
    bad, good = program(here + "/bad"), program(here + "/good")
    with open(good, "ab") as file:
        file.write(b"\0")
    rule = f"deny hash={sha256(bad)} id=h"
    with Enforced(rule) as enforced:
        mark = live.temporary("mark")
        process = subprocess.Popen([START, "500", bad, good, mark], stdout=subprocess.PIPE)
        count = 0
        while process.poll() is None:
            enforced.write(rule, f"# {count}")
            os.utime(bad)  # its hash is to be read again
            time.sleep(0.02)
            count += 1
        refused, fine, _, _ = process.communicate(timeout=120)[0].split()
        assert (int(refused), int(fine)) == (500, 500), (refused, fine, count)
        assert not os.path.exists(mark)
    assert not enforced.denied("unknown"), enforced.denied("unknown")


def test_scripts():
    """A forbidden script does not start; nor does a script of a forbidden interpreter"""
    here = folder()
    sh = shutil.copy("/bin/sh", here + "/sh")
    for name, interpreter in (("one", "/bin/sh"), ("two", sh)):
        with open(f"{here}/{name}", "w", encoding="utf-8") as script:
            script.write(f'#!{interpreter}\n: >"$1"\n')
        os.chmod(f"{here}/{name}", 0o755)
    with Enforced(f"deny path={here}/one id=one", f"deny path={sh} id=sh") as enforced:
        assert not runs(here + "/one")
        assert not runs(here + "/two")
        assert runs("/bin/sh", here + "/one"), "the script as data of another program"
    assert len(enforced.denied("one")) == 1
    assert len(enforced.denied("sh")) == 1


def test_replaced():
    """A file that takes the place of a forbidden one is forbidden from its first moment"""
    here = folder()
    bad = program(here + "/bad")
    with Enforced(f"deny path={bad}", f"deny path={here}/later/on/bad"):
        for i in range(100):
            os.rename(program(f"{here}/new{i}"), bad)
            assert not runs(bad), i
        os.makedirs(here + "/later/on")
        # The folder is new: it takes a moment until it is marked, longer on a busy machine.
        program(here + "/later/on/bad")
        deadline = time.monotonic() + 5
        while runs(here + "/later/on/bad"):
            assert time.monotonic() < deadline, "a folder on the way that is made again"
            time.sleep(0.05)


def test_passed_by_then_renamed():
    """A program that was passed by is judged again when root gives it a forbidden name"""
    place = "/usr/local/lib/vigil-test-rules"
    os.makedirs(place, mode=0o755, exist_ok=True)
    try:
        good = program(place + "/good")
        with Enforced("deny name=vigil-test-bad"):
            for _ in range(3):
                assert runs(good)
            os.rename(good, place + "/vigil-test-bad")
            time.sleep(0.5)
            assert not runs(place + "/vigil-test-bad")
            program(good)
            assert runs(good)
            os.link(good, place + "/again")
            os.rename(place + "/again", place + "/vigil-test-bad")
            time.sleep(0.5)
            assert not runs(place + "/vigil-test-bad")
    finally:
        shutil.rmtree(place)


def test_for_whom():
    """A rule for a user, one for a parent, an exception before a wider rule, an audit"""
    here = folder()
    for name in ("bad", "other", "seen"):
        program(f"{here}/{name}")
    sh = shutil.copy("/bin/sh", here + "/server")
    os.chmod(here, 0o777)
    with Enforced(f"allow path={here}/bad user=root", f"deny path={here}/bad id=user",
                  f"deny name=other parent={sh} id=parent",
                  f"audit path={here}/seen id=seen") as enforced:
        assert runs(here + "/bad")
        assert not runs("setpriv", "--reuid=65534", "--clear-groups", here + "/bad",
                        mark=here + "/mark1")
        assert runs(here + "/other")
        assert not runs(sh, "-c", f'{here}/other "$1"; exit $?', "sh")
        assert not runs(sh, "-c", f'exec {here}/other "$1"', "sh")
        assert runs(here + "/seen")
    user, = enforced.denied("user")
    assert live.get(user, "user.effective.id") == "65534", user
    assert len(enforced.denied("parent")) == 2
    seen, = enforced.denied("seen")
    assert live.get(seen, "vigil.denied.verdict") == "audit"


SIGMA = """title: no such tools
id: sigma-1
logsource: {{category: process_creation, product: linux}}
detection:
    tool: {{Image|endswith: '/vigil-test-bad'}}
    place: {{Image: '{here}/in/*'}}
    condition: tool or place
"""


def test_from_sigma():
    """What `vigil detect block` prints is enforced: it denies what the detection is about"""
    here = folder()
    rule = live.temporary("sigma.yml")
    with open(rule, "w", encoding="utf-8") as out:
        out.write(SIGMA.format(here=here))
    lines = subprocess.run([live.VIGIL, "detect", "block", "--cased", rule], timeout=60, check=True,
                           capture_output=True, text=True).stdout.splitlines()
    paths = {"vigil-test-bad": False, "vigil-test-bad-not": True, "in/x": False, "out/x": True}
    for path in paths:
        os.makedirs(os.path.dirname(f"{here}/{path}"), exist_ok=True)
        program(f"{here}/{path}")
    with Enforced(*lines) as enforced:
        for path, allowed in paths.items():
            assert runs(f"{here}/{path}") == allowed, (path, lines)
    for identity in "sigma-1", "sigma-1:2":
        assert len(enforced.denied(identity)) == 1, enforced.events


live.run(globals())
