# SPDX-License-Identifier: MIT
"""look.py - what vigil.exe reads of the files that ran: hash, version, signature."""
import hashlib
import os
import shutil
import subprocess
import time

from command import Watch
from shown import get, of

VIGIL = r"C:\vigil.exe"
LOOKS = ("--hash", "--version-info", "--signature")


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def report_of(wine, command):
    """The events of a program that runs to its end. Wine takes seconds to begin with
    certificates, longer than an event waits."""
    program = command.split()[0]
    for _ in range(5):
        watch = Watch(wine, *LOOKS)
        wine.fire("spawn", command)
        found = of(watch.stop(), "create", process__executable=program)
        assert len(found) == 1, found
        if not get(found[0], "vigil.too_late"):
            return found[0]
    raise AssertionError(found)


def path_of(wine, name):
    return os.path.join(wine.c, name)


def copy(wine, name, more=b""):
    """A program that is old enough to be surely the one that runs."""
    shutil.copy(path_of(wine, "fire.exe"), path_of(wine, name))
    with open(path_of(wine, name), "ab") as f:
        f.write(more)
    time.sleep(0.05)
    return sha256(path_of(wine, name))


def sign(wine, name):
    """Signs fire.exe by an unknown certificate."""
    key, certificate = path_of(wine, "key.pem"), path_of(wine, "certificate.pem")
    if not os.path.exists(key):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                        "-out", certificate, "-days", "30", "-subj", "/CN=Vigil test signer",
                        "-addext", "extendedKeyUsage=codeSigning"], check=True, capture_output=True)
    subprocess.run(["osslsigncode", "sign", "-certs", certificate, "-key", key, "-h", "sha256",
                    "-in", path_of(wine, "fire.exe"), "-out", path_of(wine, name)],
                   check=True, capture_output=True)
    time.sleep(0.05)


def test_plain(wine):
    """the hash of a program without version information and without a signature"""
    wanted = copy(wine, "plain.exe", b"plain")
    e = report_of(wine, r"C:\plain.exe exit 0")
    assert get(e, "process.hash.sha256") == wanted, e
    assert get(e, "process.pe") is None, e
    assert get(e, "process.code_signature") == {"status": "unsigned"}, e
    assert get(e, "vigil.unreadable") is None, e


def test_version(wine):
    """what the version resource of vigil.exe says"""
    e = report_of(wine, r"C:\vigil.exe --version")
    assert get(e, "process.hash.sha256") == sha256(path_of(wine, "vigil.exe")), e
    version = wine.run(VIGIL, "--version").stdout.split()[-1]
    assert get(e, "process.pe") == {
        "company": "The Vigil authors", "description": "Vigil command", "file_version": version,
        "original_file_name": "vigil.exe", "product": "Vigil"}, e


def test_signed(wine):
    """a signed program, with its signer; the same, damaged"""
    sign(wine, "signed.exe")
    e = report_of(wine, r"C:\signed.exe exit 0")
    found = get(e, "process.code_signature")
    # By an unknown certificate: Windows should say untrusted, Wine 8 says valid.
    assert found["status"] in ("valid", "untrusted"), e
    assert found["exists"] and found["subject_name"] == "Vigil test signer", e
    with open(path_of(wine, "signed.exe"), "rb") as f:
        content = f.read()
    with open(path_of(wine, "damaged.exe"), "wb") as f:
        f.write(content.replace(b"DOS mode", b"DOS made", 1))
    time.sleep(0.05)
    e = report_of(wine, r"C:\damaged.exe exit 0")
    assert get(e, "process.code_signature.status") == "damaged", e


def test_library(wine):
    """a library, with the hash and the version of its file"""
    watch = Watch(wine, "--type", "image,status", *LOOKS[:2])
    wine.fire("spawn", r"C:\fire.exe image version.dll")
    e, = of(watch.stop(), "image", dll__name="version.dll")
    assert get(e, "dll.hash.sha256") == sha256(path_of(wine, "windows/system32/version.dll")), e
    assert get(e, "dll.pe.original_file_name") == "version.dll", e


def test_replaced(wine):
    """a file changed after the program began is not taken for it"""
    wanted = copy(wine, "old.exe", b"old")
    copy(wine, "other.exe", b"other")
    watch = Watch(wine, "--hash")
    wine.fire("spawn", r"C:\old.exe exit 0")
    e, = of(watch.stop(), "create", process__executable=r"C:\old.exe")
    assert get(e, "process.hash.sha256") == wanted, e
    running = wine.start(r"C:\old.exe", "sleep", "60000", stdin=subprocess.DEVNULL)
    time.sleep(1)
    os.replace(path_of(wine, "other.exe"), path_of(wine, "old.exe"))
    watch = Watch(wine, "--hash", "--snapshot", "--type", "existing,status")
    events = of(watch.stop(), "existing", process__executable=r"C:\old.exe")
    running.kill()
    assert len(events) == 1 and get(events[0], "process.hash") is None, events
    assert get(events[0], "vigil.unreadable") == ["sha256"], events
