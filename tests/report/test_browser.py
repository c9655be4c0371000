#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_browser.py MAKE_VIEWS - a report as a person has it, in Chromium: TAP."""
import json
import os
import subprocess
import sys
import tempfile

import tap
from browser import Browser

VIEW = "return [view.from, view.to, SPAN]"


def open_page(browser, kind):
    page = os.path.join(where, kind + ".html")
    if not os.path.exists(page):
        subprocess.run([sys.argv[1], kind, page, os.devnull], check=True)
    browser.logs("performance")
    browser.open(page)
    browser.settle()
    assert browser.run("return document.documentElement.dataset.ready") == "yes"


def quiet(browser):
    """Nothing on the console, nothing fetched but the page."""
    said = [e for e in browser.logs() if e["level"] in ("SEVERE", "WARNING")]
    assert not said, said
    for entry in browser.logs("performance"):
        message = json.loads(entry["message"])["message"]
        # Not what the tab that was there first asks for, a page of the browser's own.
        if message["method"] == "Network.requestWillBeSent" and \
                not message["params"]["documentURL"].startswith("chrome://"):
            url = message["params"]["request"]["url"]
            assert url.startswith(("file://", "data:,")), url


def test_opens(browser):
    """50,000 processes open from disk: no error, no request, few elements"""
    open_page(browser, "many")
    took = browser.run("return performance.timing.domComplete - performance.timing.responseEnd")
    print(f"# ready {took} ms after it was read")
    assert "49\u202f999" in browser.text("#tiles")
    assert browser.run("return rows.length") == 49999
    assert browser.run("return document.querySelectorAll('*').length") < 1500
    quiet(browser)


def test_search(browser):
    """search shows what matches, with its ancestors, and says how many"""
    browser.type("#search", "file49000.c")
    browser.wait("setTimeout(arguments[0], 300)")
    assert browser.text("#found") == "nothing matches", browser.text("#found")
    browser.run("byId('search').value = ''")
    browser.type("#search", "file601.c")
    browser.wait("setTimeout(arguments[0], 300)")
    assert browser.text("#found") == "6 matches", browser.text("#found")
    names = browser.run("return rows.map((row) => nameOf(row))")
    assert names == ["make", "dash", "gcc", "cc1", "as", "ld", "rm"], names
    browser.run("byId('search').value = ''")
    browser.type("#search", " ")
    browser.wait("setTimeout(arguments[0], 300)")
    assert browser.run("return rows.length") == 49999


def test_choice(browser):
    """only the failed ones; a program's name leads to its processes"""
    browser.click("[data-only=failed]")
    failed = browser.run("return rows.filter((row) => chosen[row]).every((row) => P.x[row] === 1)")
    assert failed and browser.run("return found") > 100
    browser.click("[data-only=all]")
    browser.click("#programs tbody .link")
    assert browser.run("return choice.words") != ""
    browser.run("searchFor('')")


def test_keyboard(browser):
    """arrows move and fold, letters zoom and pan, a slash goes to the search"""
    browser.run("scroller.scrollTop = 0; selected = -1; tree.focus({ preventScroll: true })")
    browser.press("Down", "Down", "Down")
    assert browser.run("return nameOf(selected)") == "gcc"
    active = browser.run("return document.getElementById(tree.getAttribute("
                         "'aria-activedescendant')).getAttribute('aria-selected')")
    assert active == "true"
    assert "gcc" in browser.text("#detail") and "file1.c" in browser.text("#detail")
    browser.press("Left", "Left")
    assert browser.run("return [nameOf(selected), folded[selected], rows.length]") == \
        ["dash", 1, 49994]
    browser.press("Right")
    assert browser.run("return rows.length") == 49999
    browser.press("End")
    assert browser.run("return selected === rows[rows.length - 1] && scroller.scrollTop > 1e6")
    browser.press("Home", "+", "+")
    begun, ended, span = browser.run(VIEW)
    assert abs((ended - begun) / span - 0.36) < 0.01
    browser.press("d")
    assert browser.run(VIEW)[0] > begun
    browser.press("0")
    assert browser.run(VIEW) == [0, span, span]
    browser.press("/")
    assert browser.run("return document.activeElement.id") == "search"


def test_mouse(browser):
    """the wheel zooms where the pointer is, a click chooses, buttons zoom"""
    browser.run("scroller.scrollTop = 0; byId('axis').scrollIntoView({ block: 'center', behavior: 'instant' })")
    browser.settle()
    browser.wheel("#axis", 0, -300)
    begun, ended, span = browser.run(VIEW)
    assert (ended - begun) / span < 0.5
    assert abs((begun + ended) / 2 / span - 0.5) < 0.02, "the middle stays in its place"
    browser.click("#fit")
    browser.click("#in")
    assert browser.run("return view.to - view.from < SPAN * 0.7")
    browser.click("#fit")
    browser.click(".r[aria-rowindex='3'] .who")
    assert browser.text("#detail h3") == browser.run("return nameOf(rows[2])")
    browser.click("#detail .path .link")
    assert browser.run("return nameOf(selected)") == "make"


def test_accessible(browser):
    """every button, field and picture has a name; the tree says what it is"""
    nameless = browser.run("""
        return [...document.querySelectorAll("button, input, canvas, table, [role=treegrid]")]
            .filter((e) => !(e.textContent.trim() || e.getAttribute("aria-label") ||
                e.getAttribute("aria-labelledby") || (e.labels && e.labels.length)))
            .map((e) => e.outerHTML)""")
    assert nameless == [], nameless
    role = browser.run("""
        const r = document.querySelector(".r");
        return [tree.getAttribute("aria-rowcount"), r.getAttribute("role"),
                r.getAttribute("aria-level"), r.firstChild.getAttribute("role")]""")
    assert role == ["49999", "row", "1", "gridcell"], role


def test_fast(browser):
    """scrolling and zooming through 50,000 processes: a frame's work is a few ms"""
    before = browser.cpu_time()
    took = browser.wait("""
        const done = arguments[0], work = [];
        let step = 0;
        tree.focus({ preventScroll: true });
        const frame = () => {
            scroller.scrollTop = (step * 7919 * 24) % (rows.length * 24);
            if (step % 3 === 0) zoom(step % 6 ? 0.5 : 2, 0.3);
            const begun = performance.now();
            draw();
            work.push(performance.now() - begun);
            if (++step < 120) requestAnimationFrame(frame);
            else done(work.sort((a, b) => a - b));
        };
        setView(0, SPAN);
        requestAnimationFrame(frame);""")
    cpu = (browser.cpu_time() - before) / len(took)
    print(f"# a frame's work: {cpu:.1f} ms of CPU time in the mean; to draw by the clock, "
          f"{took[60]:.1f} ms in the middle, {took[114]:.1f} ms at 95 %")
    assert cpu < 16, cpu
    quiet(browser)


def names_width(browser):
    return browser.run("return Math.round(tree.getBoundingClientRect().width)")


def test_divider(browser):
    """the program column is dragged wider, set by keys, and reset by a double click"""
    before = names_width(browser)
    divider = "#divider"
    browser.drag(divider, 150)
    assert abs(names_width(browser) - before - 150) < 8, (before, names_width(browser))
    assert browser.run("return byId('axis').getBoundingClientRect().left === "
                       "lives.getBoundingClientRect().left"), "axis and lifetimes differ"
    browser.run("byId('divider').focus()")
    browser.press("Left", "Left", "Left")
    now = int(browser.run("return byId('divider').getAttribute('aria-valuenow')"))
    assert abs(now - 100 * names_width(browser) / browser.run(
        "return byId('pane').clientWidth")) < 1.5, now
    browser.press("Home")
    assert browser.run("return byId('divider').getAttribute('aria-valuenow')") == "15"
    browser.run("byId('divider').dispatchEvent(new MouseEvent('dblclick'))")
    assert names_width(browser) == before
    quiet(browser)


def test_widths(browser):
    """from 320 to 2000 pixels: nothing to scroll sideways, every tile is whole"""
    for width in (320, 400, 860, 1024, 1280, 2000):
        browser.resize(width, 900)
        browser.settle()
        wide, tiles = browser.run("""return [document.scrollingElement.scrollWidth,
            [...document.querySelectorAll('#tiles > div')].map((t) =>
                [t.textContent, t.scrollWidth - t.clientWidth])]""")
        assert wide <= width, (width, wide)
        assert all(over <= 0 for _, over in tiles), (width, tiles)
    rows = browser.run("return new Set([...document.querySelectorAll('#tiles > div')]."
                       "map((t) => t.offsetTop)).size")
    assert rows == 1
    browser.command("Emulation.clearDeviceMetricsOverride")


def test_hostile(browser):
    """names that want to be code, controls and turned writing are harmless text"""
    open_page(browser, "hostile")
    assert "owned" not in browser.run("return document.title")
    assert browser.run("return document.querySelectorAll('img, iframe, b b, i').length") == 0
    assert "</title><b>host" == browser.text("#host")
    assert "</script><script>" in browser.run("return document.body.innerText")
    browser.run("for (const row of [...rows]) select(row)")
    browser.settle()
    shown = browser.run("return document.body.innerText")
    for character in "\x1b\x07\u202e\u2028\ufffd":
        assert character not in shown, hex(ord(character))
    assert "\\u202egpj.exe" in shown
    assert "12 events" in shown or "132 events" in shown
    browser.click("[data-only=marked]")
    assert browser.run("return found") == 12
    quiet(browser)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="vigil-") as where, Browser() as driven:
        sys.exit(tap.run(globals(), driven))
