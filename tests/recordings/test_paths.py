#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_paths.py VIGIL - files and folders that another user has prepared for what root
writes. Only root can play both parts."""
import os
import stat
import struct
import subprocess
import sys
import tempfile
import threading

import recording_file as rf

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "report"))
import tap  # pylint: disable=wrong-import-position

OTHER = 65534
SECRET = "root's own\n"


def folder(mode=0o755, owner=0):
    path = tempfile.mkdtemp(dir=tap.directory)
    os.chown(path, owner, owner)
    os.chmod(path, mode)
    return path


def shared():
    """A folder like /tmp."""
    return folder(0o1777)


def as_other(*command):
    subprocess.run(["setpriv", f"--reuid={OTHER}", f"--regid={OTHER}", "--clear-groups", *command],
                   check=True)


def victim():
    path = os.path.join(folder(), "victim")
    with open(path, "w", encoding="utf-8") as f:
        f.write(SECRET)
    return path


def is_as_it_was(path):
    with open(path, encoding="utf-8") as f:
        return f.read() == SECRET


def run(vigil, *arguments, **more):
    return subprocess.run([vigil, *arguments], capture_output=True, text=True, timeout=20,
                          check=False, **more)


def writers(source, target):
    """Commands that write to target; run and record open it before anything else."""
    return [["replay", source, "-o", target], ["replay", source, "--append", "-o", target],
            ["report", source, "-o", target], ["export", "--perfetto", source, "-o", target],
            ["tree", source, "-o", target], ["run", "--output", target],
            ["record", "--duration", "1ms", target]]


def refused(vigil, target, *words):
    for arguments in writers(tap.source, target):
        done = run(vigil, *arguments)
        assert done.returncode == 5, (arguments, done)
        for word in words:
            assert word in done.stderr, (arguments, word, done.stderr)


def test_another_users_file(vigil):
    """a file that another user made in /tmp is not written to"""
    target = os.path.join(shared(), "page")
    as_other("touch", target)
    refused(vigil, target, "belongs to user 65534", "--trust-path")
    assert os.path.getsize(target) == 0 and os.stat(target).st_uid == OTHER


def test_another_users_link(vigil):
    """a link that another user made is not followed: not to a file, a folder or nowhere"""
    precious = victim()
    place = shared()
    for name, to in (("file", precious), ("nowhere", os.path.join(folder(), "new"))):
        target = os.path.join(place, name)
        as_other("ln", "-s", to, target)
        refused(vigil, target, "symbolic link")
    as_other("ln", "-s", os.path.dirname(precious), os.path.join(place, "folder"))
    refused(vigil, os.path.join(place, "folder", "victim"), "symbolic link")
    assert is_as_it_was(precious) and os.listdir(os.path.dirname(precious)) == ["victim"]


def test_names(vigil):
    """a second name for a file of root's is not written to"""
    precious = victim()
    target = os.path.join(shared(), "name")
    os.link(precious, target)
    refused(vigil, target, "2 names")
    assert is_as_it_was(precious)


def test_folders(vigil):
    """folders that others own or can write to, anywhere on the way, are refused"""
    below = folder(0o755, OTHER)
    os.mkdir(os.path.join(below, "mine"), 0o700)
    for place, word in ((folder(0o755, OTHER), "belongs to user 65534"),
                        (folder(0o777), "other users can write"),
                        (os.path.join(below, "mine"), "belongs to user 65534")):
        refused(vigil, os.path.join(place, "out"), word, place if "mine" not in place else below)
        assert os.listdir(place) == []
    place = folder(0o775)
    os.chown(place, 0, 100)
    refused(vigil, os.path.join(place, "out"), "group 100")


def test_modes(vigil):
    """a file that others can write to is refused"""
    for mode, group in ((0o602, 0), (0o620, 100)):
        target = victim()
        os.chown(target, 0, group)
        os.chmod(target, mode)
        refused(vigil, target, "other users can write to it")
        assert is_as_it_was(target)


def test_trust_path(vigil):
    """--trust-path takes such files and folders, links too"""
    precious = victim()
    place = folder(0o777, OTHER)
    os.symlink(precious, os.path.join(place, "link"))
    for name in ("new", "link"):
        target = os.path.join(place, name)
        for arguments in writers(tap.source, target)[:5]:
            done = run(vigil, *arguments, "--trust-path")
            assert done.returncode == 0, (arguments, done)
        assert os.path.getsize(target) > 100
    done = run(vigil, "query", "--trust-path", tap.source, "SELECT 1 AS n")
    assert done.returncode == 0, done


def test_own_places(vigil):
    """what is root's own is written: through a link of root's, in /tmp, again and again"""
    place = folder()
    os.symlink(folder(), os.path.join(place, "link"))
    for target in (os.path.join(place, "out"), os.path.join(place, "link", "out"),
                   os.path.join(shared(), "out")):
        for arguments in writers(tap.source, target)[:5]:
            done = run(vigil, *arguments)
            assert done.returncode == 0, (arguments, done)
            assert stat.S_IMODE(os.stat(target).st_mode) == 0o600
        assert sorted(os.listdir(os.path.dirname(target)))[-1] == "out"


def test_ordinary_user(vigil):
    """an ordinary user writes to a private folder and to /tmp"""
    mine = folder(0o700, OTHER)
    source = os.path.join(mine, "source")
    rf.make(vigil, source)
    os.chown(source, OTHER, OTHER)
    for target in (os.path.join(mine, "out"), os.path.join(shared(), "out")):
        as_other(vigil, "report", source, "-o", target)
        as_other(vigil, "report", source, "-o", target)
        assert os.stat(target).st_uid == OTHER


def test_sudo(vigil):
    """under sudo a folder of the caller's is taken, no link and no file in it"""
    place = folder(0o755, OTHER)
    environment = {**os.environ, "SUDO_UID": str(OTHER)}
    done = run(vigil, "replay", tap.source, "-o", os.path.join(place, "new"), env=environment)
    assert done.returncode == 0, done
    precious = victim()
    as_other("ln", "-s", precious, os.path.join(place, "link"))
    as_other("touch", os.path.join(place, "file"))
    for name in ("link", "file"):
        done = run(vigil, "replay", tap.source, "-o", os.path.join(place, name), env=environment)
        assert done.returncode == 5, done
    assert is_as_it_was(precious)


def test_descriptors_and_devices(vigil):
    """/dev/stdout, /dev/fd/N, /dev/null and FIFOs with a reader are written to"""
    lines = run(vigil, "replay", tap.source).stdout
    for name in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
        done = run(vigil, "replay", tap.source, "-o", name)
        assert done.returncode == 0 and done.stdout == lines, done
    assert run(vigil, "report", tap.source, "-o", "/dev/null").returncode == 0
    fifo = os.path.join(folder(), "fifo")
    os.mkfifo(fifo, 0o600)
    done = run(vigil, "replay", tap.source, "-o", fifo)
    assert done.returncode == 5 and "no process reads" in done.stderr, done
    got = []
    reader = threading.Thread(target=lambda: got.append(open(fifo, encoding="utf-8").read()))
    reader.start()
    while run(vigil, "replay", tap.source, "-o", fifo).returncode != 0:
        pass
    reader.join(timeout=10)
    assert got == [lines]
    done = run(vigil, "run", "--output", fifo)
    assert done.returncode == 5 and "FIFO" in done.stderr, done


def hot_journal(recording, names):
    """A journal that makes SQLite remove the file that it names."""
    name = names.encode()
    pages = os.path.getsize(recording) // rf.PAGE
    with open(recording + "-journal", "wb") as f:
        magic = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
        f.write(magic + struct.pack(">IIIII", 0, 1, pages, 512, rf.PAGE))
        f.write(bytes(512 - f.tell()))
        f.write(struct.pack(">I", 0x40000000 // rf.PAGE + 1) + name +
                struct.pack(">II", len(name), sum(name)) + magic)


def test_journal(vigil):
    """a journal beside a recording that names another file, which SQLite would remove"""
    place = folder(0o777, OTHER)
    precious = victim()
    for place, word in ((folder(0o777, OTHER), "belongs to"), (folder(), "was not made by Vigil")):
        target = os.path.join(place, "recording")
        rf.make(vigil, target)
        hot_journal(target, precious)
        for arguments in (["record", "--duration", "1ms", target],
                          ["query", target, "SELECT 1 AS n"], ["replay", target]):
            done = run(vigil, *arguments)
            assert done.returncode != 0, (arguments, done)
            assert is_as_it_was(precious), arguments
            assert "replay" in arguments or word in done.stderr or "log" in done.stderr, done


def test_files_beside(vigil):
    """files of another user's beside a recording of root's"""
    place = folder()
    target = os.path.join(place, "recording")
    rf.make(vigil, target)
    for suffix in ("-wal", "-shm", "-lock", "-journal"):
        with open(target + suffix, "w", encoding="utf-8"):
            pass
        os.chown(target + suffix, OTHER, OTHER)
        done = run(vigil, "record", "--duration", "1ms", target)
        assert done.returncode == 5 and suffix in done.stderr, (suffix, done)
        os.unlink(target + suffix)


def test_foreign_recording(vigil):
    """another user's recording is read and not changed; without its log if it has one"""
    place = folder(0o777, OTHER)
    target = os.path.join(place, "recording")
    rf.make(vigil, target)
    os.chown(target, OTHER, OTHER)
    with open(target, "rb") as f:
        before = f.read()
    done = run(vigil, "replay", target)
    assert done.returncode == 0 and done.stdout.count("\n") == 12, done
    done = run(vigil, "query", "-f", "csv", target, "SELECT count(*) AS n FROM programs")
    assert done.stdout.split() == ["n", "12"] and not done.stderr, done
    assert os.listdir(place) == ["recording"]
    with open(target, "rb") as f:
        assert f.read() == before
    precious = victim()
    os.symlink(precious, target + "-wal")
    for arguments in (["replay", target], ["query", target, "SELECT 1 AS n"]):
        done = run(vigil, *arguments)
        assert done.returncode == 5 and "not trusted" in done.stderr, done
    assert is_as_it_was(precious)


def main():
    if os.geteuid() != 0:
        print("ok all # SKIP only root can play both parts")
        return
    vigil = os.path.realpath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="vigil-paths-") as tap.directory:
        os.chmod(tap.directory, 0o755)
        tap.source = os.path.join(folder(), "source")
        rf.make(vigil, tap.source)
        sys.exit(tap.run(globals(), vigil))


main()
