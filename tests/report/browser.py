# SPDX-License-Identifier: MIT
"""browser.py - a headless Chromium, driven by the W3C's WebDriver protocol."""
import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the protocol's name for one
KEYS = {"Down": "\ue015", "Up": "\ue013", "Left": "\ue012", "Right": "\ue014", "End": "\ue010",
        "Home": "\ue011", "Enter": "\ue007"}


class Browser:
    """One window. Nothing is fetched: what it may open is on this disk."""

    def __init__(self, width=1440, height=1000, dark=False):
        self.home = tempfile.mkdtemp(prefix="vigil-browser-")
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self.home}, text=True)
        self.url = None
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                self.url = f"http://127.0.0.1:{found.group(1)}"
                break
        assert self.url, "chromedriver did not start"
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                   f"--window-size={width},{height}", f"--user-data-dir={self.home}/profile",
                   "--no-first-run", "--force-prefers-reduced-motion",
                   "--disable-background-networking",
                   "--host-resolver-rules=MAP * ~NOTFOUND"]
        if dark:
            options.append("--force-dark-mode")
        session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": options},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
        self.base = "/session/" + session["sessionId"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            raise AssertionError(json.load(e)["value"]["message"].splitlines()[0]) from e

    def command(self, name, **parameters):
        """A command of the DevTools protocol."""
        return self.call("POST", self.base + "/goog/cdp/execute",
                         {"cmd": name, "params": parameters})

    def resize(self, width, height):
        """Of the page; a window cannot be narrower than 500."""
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height,
                     deviceScaleFactor=1, mobile=False)

    def cpu_time(self):
        """Milliseconds of CPU time that the page's scripts, styles and layout have taken since the
        first call. Other programs on the machine do not count in it."""
        self.command("Performance.enable", timeDomain="threadTicks")
        metrics = self.command("Performance.getMetrics")
        return 1000 * sum(m["value"] for m in metrics["metrics"] if m["name"] in
                          ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration"))

    def close(self):
        try:
            self.call("DELETE", self.base)
        finally:
            self.driver.terminate()
            self.driver.wait(timeout=20)
            shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def open(self, path):
        self.call("POST", self.base + "/url", {"url": "file://" + os.path.abspath(path)})

    def run(self, script, *args):
        return self.call("POST", self.base + "/execute/sync", {"script": script, "args": args})

    def wait(self, script, *args):
        """Runs a script that calls its last argument when it is done."""
        return self.call("POST", self.base + "/execute/async", {"script": script, "args": args})

    def settle(self):
        """Two frames later all that was asked for is drawn."""
        self.wait("const done = arguments[0];"
                  "requestAnimationFrame(() => requestAnimationFrame(() => done()))")

    def find(self, selector):
        found = self.call("POST", self.base + "/element",
                          {"using": "css selector", "value": selector})
        return f"{self.base}/element/{found[ELEMENT]}"

    def click(self, selector):
        self.run("document.querySelector(arguments[0]).scrollIntoView("
                 "{ block: 'center', behavior: 'instant' })", selector)
        self.settle()
        self.call("POST", self.find(selector) + "/click", {})
        self.settle()

    def type(self, selector, text):
        self.call("POST", self.find(selector) + "/value", {"text": text})
        self.settle()

    def press(self, *names):
        actions = []
        for name in names:
            key = KEYS.get(name, name)
            actions += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.call("POST", self.base + "/actions",
                  {"actions": [{"type": "key", "id": "keys", "actions": actions}]})
        self.settle()

    def wheel(self, selector, dx, dy, x=0, y=0):
        element = self.find(selector).rsplit("/", 1)[1]
        self.call("POST", self.base + "/actions", {"actions": [{"type": "wheel", "id": "wheel",
                  "actions": [{"type": "scroll", "x": x, "y": y, "deltaX": dx, "deltaY": dy,
                               "origin": {ELEMENT: element}}]}]})
        self.settle()

    def drag(self, selector, dx):
        """Presses the pointer on the middle of what is visible of it, and moves it to the right."""
        self.run("document.querySelector(arguments[0]).scrollIntoView("
                 "{ block: 'nearest', behavior: 'instant' })", selector)
        origin = {ELEMENT: self.find(selector).rsplit("/", 1)[1]}
        self.call("POST", self.base + "/actions", {"actions": [{"type": "pointer", "id": "mouse",
                  "actions": [{"type": "pointerMove", "origin": origin, "x": 0, "y": 0},
                              {"type": "pointerDown", "button": 0},
                              {"type": "pointerMove", "origin": "pointer", "x": dx, "y": 0,
                               "duration": 100},
                              {"type": "pointerUp", "button": 0}]}]})
        self.settle()

    def text(self, selector):
        return self.call("GET", self.find(selector) + "/text")

    def screenshot(self, path):
        with open(path, "wb") as f:
            f.write(base64.b64decode(self.call("GET", self.base + "/screenshot")))

    def logs(self, kind="browser"):
        return self.call("POST", self.base + "/se/log", {"type": kind})
