#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_names.py - files that are named to deceive: how what maps code is reported."""
import hashlib
import os
import shutil
import subprocess
import sys

from live import Traced, Watching, get, run, temporary

# Maps a file executable under the name that argv[1] asks for, in the directory argv[2].
SUBJECT = """
import ctypes, mmap, os, sys, time
kind, directory = sys.argv[1:3]
os.chdir(directory)
def map_executable(fd):
    return mmap.mmap(fd, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC)
def make(name):
    fd = os.open(name, os.O_RDWR | os.O_CREAT, 0o700)
    os.ftruncate(fd, 4096)
    return fd
if kind == "named":
    fd = make("x (deleted)")
elif kind == "gone":
    fd = make("y")
    os.unlink("y")
elif kind == "linked":
    fd = make("y")
    os.link("y", "z")
    os.unlink("y")
elif kind == "memory":
    fd = os.memfd_create("z (deleted)")
    os.ftruncate(fd, 4096)
elif kind == "forged":  # what a memfd is called, as a file of another root
    ctypes.CDLL(None).unshare(0x00020000)
    os.chroot(".")
    fd = make("/memfd:w (deleted)")
elif kind == "deep":
    for _ in range(21):
        os.mkdir("d" * 250)
        os.chdir("d" * 250)
    fd = make("code")
    time.sleep(0.05)  # longer than a tick: what changes at the time of the event has no hash
elif kind == "anonymous":  # a library for calls of C may have mapped some before: in a new program
    def without_file(protection, later=0):
        memory = mmap.mmap(-1, 8192, mmap.MAP_PRIVATE, protection)
        if later:
            pointer = ctypes.addressof(ctypes.c_char.from_buffer(memory))
            ctypes.CDLL(None).mprotect(ctypes.c_void_p(pointer), 8192, later)
    def heap():
        libc = ctypes.CDLL(None)
        libc.sbrk.restype = ctypes.c_void_p
        page = (libc.sbrk(0) - 1) & ~4095
        libc.mprotect(ctypes.c_void_p(page), 4096, 7)
    for _ in range(20):
        without_file(7)
        without_file(3, 5)
        heap()
    if len(sys.argv) < 4:
        os.execv(sys.executable, [sys.executable, "-I", "-c", sys.orig_argv[3], kind, directory, "2"])
    if os.fork() == 0:
        without_file(7)
        os._exit(0)
    os.wait()
    fd = make("last")
mapped = map_executable(fd)
print(os.fstat(fd).st_ino, flush=True)
"""


def traced(kind):
    """The directory, and the image loads of a subject that are of its file."""
    directory = temporary(kind)
    os.mkdir(directory)
    trace = Traced(sys.executable, "-I", "-c", SUBJECT, kind, directory)
    assert trace.status == 0, trace.errors
    return directory, trace.of("image"), trace.output.strip()


def one(kind):
    directory, images, inode = traced(kind)
    found = [e for e in images if get(e, "vigil.image.inode") == inode]
    assert len(found) == 1, (kind, inode, [get(e, "dll.path") for e in images])
    return directory, found[0]


def while_alive(kind, directory, is_it, *options):
    """What `vigil watch` shows of the file that a subject has mapped, and keeps mapped;
    and its inode. is_it(event, inode): whether the event is about it."""
    os.mkdir(directory)
    watching = Watching("--type", "image", *options)
    with subprocess.Popen([sys.executable, "-I", "-c", SUBJECT + "sys.stdin.read()", kind,
                           directory], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as subject:
        inode = subject.stdout.readline().strip()
        found = watching.wait_for(lambda e: is_it(e, inode))
        subject.stdin.close()
    watching.end()
    shutil.rmtree(directory)
    assert len(found) == 1, (kind, inode, found)
    return found[0], inode


def has_inode(e, inode):
    return get(e, "vigil.image.inode") == inode


def test_named_deleted():
    """a file called `x (deleted)` is reported as that, and as not deleted"""
    directory = temporary("named")
    e, _ = while_alive("named", directory, has_inode)
    assert get(e, "dll.path") == directory + "/x (deleted)", e
    assert not get(e, "vigil.image.deleted") and not get(e, "vigil.image.maybe_deleted"), e


def test_deleted():
    """a file that has no name any more is marked, and has the name that it had"""
    directory = temporary("gone")
    e, _ = while_alive("gone", directory, has_inode)
    assert get(e, "dll.path") == directory + "/y", e
    assert get(e, "dll.name") == "y" and get(e, "vigil.image.deleted"), e
    assert not get(e, "vigil.image.maybe_deleted"), e


def test_deleted_with_another_name():
    """one that had two names and lost the one by which it was mapped: that is in doubt"""
    directory = temporary("linked")
    e, _ = while_alive("linked", directory, has_inode)
    assert get(e, "dll.path") == directory + "/y (deleted)", e
    assert get(e, "vigil.image.maybe_deleted") and not get(e, "vigil.image.deleted"), e


def test_deleted_and_ended():
    """the same of processes that have ended at once: what is not known is not said"""
    for kind, name in (("named", "/x (deleted)"), ("gone", "/y (deleted)")):
        directory, e = one(kind)
        path = get(e, "dll.path")
        if get(e, "vigil.image.deleted"):
            assert kind == "gone" and path == directory + "/y", e
        else:
            assert path == directory + name, e
            assert kind == "named" or get(e, "vigil.image.maybe_deleted"), e


def test_memory():
    """a memfd is reported as memory, by its device, under the name it was given"""
    _, e = one("memory")
    assert get(e, "dll.path") == "/memfd:z (deleted)", e
    assert get(e, "vigil.image.memory_only") is True, e
    assert get(e, "vigil.image.maybe_deleted") is None, e


def test_forged_memory():
    """a file that is called as a memfd is reported as a file"""
    _, e = one("forged")
    assert get(e, "vigil.image.memory_only") is None, e
    assert get(e, "dll.path") == "/memfd:w (deleted)", e


def test_anonymous():
    """executable memory without a file: the first of each kind in each program"""
    _, images, _ = traced("anonymous")
    found = [e for e in images if get(e, "vigil.image.anonymous")]
    kinds = [(get(e, "process.pid"), get(e, "dll.path"), get(e, "vigil.image.protection"))
             for e in found]
    pid = kinds[0][0]
    for kind in (("//anon", "rwx"), ("//anon", "rx"), ("[heap]", "rwx")):
        assert kinds.count((pid, *kind)) == 2, (kind, kinds)  # before its exec, and after it
    others = [kind for kind in kinds if kind[0] != pid]
    assert [kind[1:] for kind in others] == [("//anon", "rwx")], kinds
    assert all(get(e, "vigil.image.memory_only") for e in found), found


def test_length_that_is_not_known():
    """a path of more components than are kept: its full length is not a number"""
    directory = temporary("many")
    os.makedirs(os.path.join(directory, *["d"] * 150))
    trace = Traced("/bin/true", cwd=os.path.join(directory, *["d"] * 150))
    e = trace.one("exec")
    assert "directory" in get(e, "vigil.cut_head"), get(e, "vigil")
    assert get(e, "vigil")["cut"] == {"process.working_directory": None}, get(e, "vigil")


def is_too_long(e):
    missing = (get(e, "vigil.unreadable") or []) + (get(e, "vigil.too_late") or [])
    return "image" in missing or len(get(e, "dll.path") or "") > 4096


def test_path_too_long():
    """a file below a path longer than perf writes down: reported, though its process has ended"""
    directory, images, inode = traced("deep")
    found = [e for e in images if is_too_long(e)]
    shutil.rmtree(directory)
    assert len(found) == 1, images
    e = found[0]
    assert get(e, "vigil.image.base") and get(e, "vigil.image.size") == 4096, e
    assert get(e, "vigil.image.inode") in (None, inode), e  # the process may have been read


def test_path_too_long_recovered():
    """the same while its process runs: with its path, device, inode, and what else it has"""
    directory = temporary("deep\nand\\back")
    e, inode = while_alive("deep", directory, lambda e, _: is_too_long(e), "--hash")
    assert get(e, "dll.path") == "/".join([directory] + ["d" * 250] * 21 + ["code"]), e
    assert get(e, "vigil.path_source") == "query", e
    assert get(e, "vigil.image.inode") == inode and get(e, "vigil.image.device"), e
    assert get(e, "dll.hash.sha256") == hashlib.sha256(bytes(4096)).hexdigest(), e


run(globals())
