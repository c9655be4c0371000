# SPDX-License-Identifier: MIT
"""What `vigil run` reports about itself: to systemd, and in its status file."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

from live import VIGIL, Running, run, temporary
from ports import free_port


def stats(path, *options):
    """The exit status and what `vigil stats --service` prints."""
    result = subprocess.run([VIGIL, "stats", "--service", "--status", path, *options],
                            capture_output=True, timeout=30, check=False)
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def figures(path):
    status, text, errors = stats(path, "--json")
    assert status == 0, errors
    return json.loads(text)


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.1)


def test_beats():
    """A beat a second for systemd while the loop runs, none while it is stopped"""
    running = Running("--type", "exec")
    messages = [running.notify.recv(1000) for _ in range(4)]
    begun = time.monotonic()
    messages += [running.notify.recv(1000) for _ in range(3)]
    assert 2 < time.monotonic() - begun < 6
    assert all(m.startswith(b"WATCHDOG=1") for m in messages), messages
    status = [m for m in messages if b"STATUS=" in m]
    assert status and all(b" events, " in m and b" 0 lost" in m for m in status), messages
    running.process.send_signal(signal.SIGSTOP)
    running.notify.settimeout(1)
    try:
        for _ in range(5):
            running.notify.recv(1000)
            time.sleep(0.5)
        raise AssertionError("beats of a stopped process")
    except TimeoutError:
        pass
    running.notify.settimeout(20)
    running.process.send_signal(signal.SIGCONT)
    assert running.notify.recv(1000).startswith(b"WATCHDOG=1")
    running.stop()
    assert running.status == 0, running.errors


def test_full_socket():
    """systemd does not read: the loop continues, and changes of the state arrive later, in order"""
    running = Running("--type", "exec", "--status", (path := temporary("status")))
    time.sleep(15)  # more beats than the queue of a socket holds
    assert figures(path)["age_seconds"] < 3
    for count in 1, 2:
        running.process.send_signal(signal.SIGHUP)
        wait_until(lambda: figures(path)["reload"]["count"] == count)
    for _ in range(2):
        assert running.state().startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        assert running.state() == b"READY=1"
    running.stop()
    assert running.status == 0, running.errors


def test_figures():
    """Events by type, those of the log, and what each exclusion removed agree with the log"""
    exclude, path = temporary("exclude"), temporary("status")
    with open(exclude, "w", encoding="utf-8") as f:
        f.write("noise = command=*vigil-noise*\nnever = image=/nonexistent\n")
    running = Running("--type", "exec", "--status", path, "--exclude-file", exclude,
                      "--max-size", "0")
    for i in range(20):
        subprocess.run(["/bin/true", f"vigil-noise-{i}"], check=True)
    subprocess.run(["/bin/true", "vigil-kept"], check=True)
    assert os.stat(path).st_mode & 0o777 == 0o600

    def written():
        with open(running.log, encoding="utf-8") as f:
            return sum(1 for _ in f)

    wait_until(lambda: "vigil-kept" in open(running.log, encoding="utf-8").read())
    wait_until(lambda: {e["name"]: e["events"] for e in figures(path)["excluded"]}
               == {"noise": 20, "never": 0})
    least = written()
    time.sleep(2)
    found = figures(path)
    assert least <= found["outputs"][0]["written"] <= written(), (least, found["outputs"])
    assert found["pid"] == running.process.pid and found["state"] == "ready"
    assert found["outputs"][0]["name"] == "log" and found["outputs"][0]["state"] == "working"
    for name, t in found["types"].items():
        assert t["produced"] == (t["delivered"] + t["withheld"] + sum(t["dropped"].values())
                                 + t["queued"]), (name, t)
    assert found["types"]["exec"]["delivered"] >= 21
    status, text, _ = stats(path)
    assert status == 0 and "noise" in text and "log" in text, text
    running.stop()
    assert not os.path.exists(path), "the file is removed at the end"
    status, _, errors = stats(path)
    assert status == 2 and "Does the service run?" in errors, errors


def test_stats_excluded():
    """vigil stats says how many events each exclusion would remove, of redacted command lines too"""
    exclude = temporary("exclude")
    with open(exclude, "w", encoding="utf-8") as f:
        f.write("noise = type=exec command=*vigil-noise*\nsecret = type=exec command=*hunter2*\n"
                "redacted = type=exec command=*--password=[[]redacted]*\n")
    counting = subprocess.Popen([VIGIL, "stats", "--duration", "4s", "--json", "--exclude-file",
                                 exclude, "--redact", "on"], stdout=subprocess.PIPE)
    time.sleep(2)
    for i in range(7):
        subprocess.run(["/bin/true", f"vigil-noise-{i}"], check=True)
    for _ in range(3):
        subprocess.run(["/bin/true", "--password=hunter2"], check=True)
    found = json.loads(counting.communicate(timeout=30)[0])
    assert {e["name"]: e["events"] for e in found["excluded"]} == {
        "noise": 7, "secret": 0, "redacted": 3}, found["excluded"]
    done = subprocess.run([VIGIL, "top", "--redact", "hash", "--count", "1", "--interval", "1s"],
                          capture_output=True, timeout=30, check=False)
    assert done.returncode == 0 and done.stdout, done


def test_silent():
    """A service that is stopped or killed does not look alive"""
    running = Running("--type", "exec", "--status", (path := temporary("status")))
    wait_until(lambda: stats(path)[0] == 0)
    running.process.send_signal(signal.SIGSTOP)
    time.sleep(10.5)
    status, text, errors = stats(path, "--json")
    assert status == 1 and json.loads(text)["state"] == "silent", text
    assert "has not responded for" in errors
    running.process.send_signal(signal.SIGCONT)
    wait_until(lambda: stats(path)[0] == 0)
    running.process.kill()
    running.process.wait()
    assert os.path.exists(path)
    time.sleep(10.5)
    assert stats(path)[0] == 1
    again = Running("--type", "exec", "--status", path)
    wait_until(lambda: stats(path)[0] == 0)
    assert figures(path)["pid"] == again.process.pid
    again.stop()


def ask(address, path):
    """The status and the body of an answer; address: a port, or the path of a socket."""
    if isinstance(address, int):
        client = socket.create_connection(("127.0.0.1", address), timeout=20)
    else:
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(20)
        client.connect(address)
    with client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        answer = b""
        while data := client.recv(65536):
            answer += data
    head, body = answer.split(b"\r\n\r\n", 1)
    assert int(re.search(rb"Content-Length: (\d+)", head)[1]) == len(body), head
    return int(head.split()[1]), body.decode()


def parent(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(r"^PPid:\t(\d+)$", f.read(), re.M)[1])


def metrics_process(running):
    """The process that answers, which a guard has started; None: there is none now."""
    for pid in subprocess.run(["pgrep", "-x", "vigil-metrics"], capture_output=True,
                              check=False).stdout.split():
        try:
            if parent(parent(int(pid))) == running.process.pid:
                return int(pid)
        except OSError:
            pass  # it has ended
    return None


def test_metrics():
    """Prometheus gets what the status file has; probes see a stopped service; it ends with it"""
    path, at = temporary("status"), temporary("metrics")
    running = Running("--type", "exec", "--status", path, "--metrics", f"unix:{at}")
    wait_until(lambda: ask(at, "/readyz")[0] == 200)
    assert ask(at, "/livez")[0] == 200 and ask(at, "/")[0] == 404
    subprocess.run(["/bin/true"], check=True)

    def agrees():
        status, text = ask(at, "/metrics")
        found = figures(path)
        assert status == 200
        exec_ = re.search(r'^vigil_events_total{type="exec",outcome="delivered"} (\d+)$', text, re.M)
        log = re.search(r'^vigil_output_events_total{output="log",kind="file"} (\d+)$', text, re.M)
        return (int(exec_[1]) == found["types"]["exec"]["delivered"] > 0
                and int(log[1]) == found["outputs"][0]["written"])

    wait_until(agrees)
    if promtool := os.environ.get("PROMTOOL") or shutil.which("promtool"):
        subprocess.run([promtool, "check", "metrics"], input=ask(at, "/metrics")[1].encode(),
                       check=True, timeout=30)
    pid = metrics_process(running)
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        status = f.read()
    assert "\nNoNewPrivs:\t1\n" in status and "\nSeccomp:\t2\n" in status, status
    assert all(f"\nCap{kind}:\t{0:016x}\n" in status for kind in ("Prm", "Eff", "Bnd")), status
    assert "\nUid:\t65534\t65534\t65534\t65534\n" in status, status
    running.process.send_signal(signal.SIGSTOP)
    time.sleep(10.5)
    assert ask(at, "/livez")[0] == 503 and ask(at, "/readyz")[0] == 503
    assert ask(at, "/metrics")[0] == 200
    running.process.send_signal(signal.SIGCONT)
    wait_until(lambda: ask(at, "/readyz")[0] == 200)
    # A process that stops, or is ended, is no matter for the sensor.
    os.kill(pid, signal.SIGSTOP)
    beat = figures(path)["types"]["exec"]["delivered"]
    wait_until(lambda: stats(path)[0] == 0 and figures(path)["types"]["exec"]["delivered"] > beat)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: metrics_process(running) not in (None, pid))
    wait_until(lambda: figures(path)["metrics_restarts"] == 1)
    wait_until(lambda: 'vigil_process_restarts_total{process="metrics"} 1\n' in ask(at, "/metrics")[1])
    assert figures(path)["keeper_restarts"] == 0
    running.stop()
    assert running.status == 0, running.errors
    assert "the process that answers for --metrics was ended by signal 9" in running.errors, \
        running.errors
    assert not os.path.exists(at)


def test_metrics_after_kill():
    """The process ends with a sensor that is killed; the next one takes its address"""
    port = free_port()
    running = Running("--type", "exec", "--metrics", f"127.0.0.1:{port}")
    wait_until(lambda: ask(port, "/readyz")[0] == 200)
    running.process.kill()
    running.process.wait()

    def refused():
        try:
            ask(port, "/readyz")
        except ConnectionError:
            return True
        return False

    wait_until(refused)
    # As in a container: root, but not allowed to become another user.
    running = Running("--type", "exec", "--metrics", f"127.0.0.1:{port}",
                      before=("setpriv", "--bounding-set", "-setuid,-setgid"))
    wait_until(lambda: ask(port, "/readyz")[0] == 200)
    result = subprocess.run([VIGIL, "run", "--output", temporary("log"), "--metrics",
                             f"127.0.0.1:{port}"], capture_output=True, timeout=30, check=False)
    assert result.returncode == 5 and b"cannot answer at" in result.stderr, result
    result = subprocess.run([VIGIL, "run", "--metrics", "0.0.0.0:1"], capture_output=True,
                            timeout=30, check=False)
    assert result.returncode == 2 and b"expected 127.0.0.1:PORT" in result.stderr, result
    running.stop()
    assert running.status == 0, running.errors


def test_no_folder():
    """A status file that cannot be made is reported, and the service runs"""
    running = Running("--type", "exec", "--status", "/nonexistent/status")
    running.stop()
    assert running.status == 0, running.errors
    assert "cannot make /nonexistent/status" in running.errors, running.errors


run(globals())
