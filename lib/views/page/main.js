/* SPDX-License-Identifier: MIT */
/* main.js - fills the page. */
function showHead() {
	const end = dateAt(SPAN), begin = dateAt(0);
	document.title = (D.host || "Vigil") + ", " + day(begin) + " " + hour(begin);
	byId("host").textContent = D.host || "A machine without a name";
	byId("span").textContent = `${day(begin)}, ${hour(begin)} to ${day(end) === day(begin) ? "" : day(end) + ", "}${hour(end)} ${zone()}, ${lasting(D.span)}`;
	byId("foot").textContent = `Made by Vigil ${D.version} from ${D.source}. This page is complete: it loads nothing and sends nothing.`;
	if (D.cut.texts) byId("foot").textContent += ` ${some(D.cut.texts, "long text is", "long texts are")} shortened in it.`;
}

function showTiles() {
	const c = D.counts, t = D.totals;
	const tiles = [
		["Started", t.started], ["Programs run", c.exec || D.programs.reduce((sum, p) => sum + p[1], 0)], ["Ran before", t.existing],
		["Failed", t.failed, true], ["Threads", c["thread-create"]], ["Image loads", c.image], ["Remote threads", c["remote-thread"], true],
		["Accesses", c.access, true], ["Denied", c.denied, true], ["Alerts", c.alert, true],
		["Lost", t.lost, true],
	];
	for (const [name, value, bad] of tiles) {
		const tile = el("div", value ? (bad ? "bad" : "") : "none");
		tile.append(el("dt", "", name), el("dd", "", count(value)));
		byId("tiles").append(tile);
	}
}

function showNotices() {
	const notices = byId("notices");
	const cut = Object.entries(D.cut).filter(([what, n]) => n && what !== "texts").map(([what, n]) => count(n) + " " + what);
	if (D.totals.lost) notices.append(el("p", "notice alarm", `${some(D.totals.lost, "event")} did not reach the sensor's reader: what is missing could have been anything. See Losses, below.`));
	if (cut.length) notices.append(el("p", "notice", "More was reported than fits on a page. Counted, but not shown: " + cut.join(", ") + "."));
}

/* Called after each change of the selection. */
function refresh() {
	const all = choice.only === "all" && !choice.words;
	byId("found").textContent = all ? some(rows.length, "row") : found ? some(found, "match", "matches") : "nothing matches";
	for (const button of document.querySelectorAll("[data-only]")) button.setAttribute("aria-pressed", button.dataset.only === choice.only);
	byId("before").checked = choice.before;
	if (byId("search").value.trim() !== choice.words) byId("search").value = choice.words;
	redraw();
}

function searchFor(words) {
	choice.words = words.trim();
	choose();
	scroller.scrollTop = 0;
	refresh();
	if (document.activeElement !== byId("search")) byId("processes").scrollIntoView({ block: "start" });
}

function useTools() {
	let waiting = 0;
	byId("search").addEventListener("input", (event) => {
		clearTimeout(waiting);
		waiting = setTimeout(() => searchFor(event.target.value), 120);
	});
	byId("search").addEventListener("keydown", (event) => {
		if (event.key !== "Enter" && event.key !== "ArrowDown") return;
		event.preventDefault();
		clearTimeout(waiting);
		searchFor(event.target.value);
		tree.focus();
		const first = rows.find((row) => chosen[row]);
		if (first !== undefined) select(first);
	});
	for (const button of document.querySelectorAll("[data-only]")) button.addEventListener("click", () => {
		choice.only = button.dataset.only;
		choose();
		scroller.scrollTop = 0;
		refresh();
	});
	byId("before").addEventListener("change", (event) => {
		choice.before = event.target.checked;
		choose();
		refresh();
	});
	for (const [id, act] of [["fold", () => foldAll(true)], ["unfold", () => foldAll(false)], ["in", () => zoom(0.6)], ["out", () => zoom(1 / 0.6)], ["fit", () => setView(0, SPAN)]])
		byId(id).addEventListener("click", () => {
			act();
			refresh();
		});
	document.addEventListener("keydown", (event) => {
		if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
		event.preventDefault();
		byId("search").focus();
	});
}

readPaint();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
	readPaint();
	for (const r of pool) r.row = -1;
	redraw();
});
showHead();
showTiles();
showNotices();
choose();
useTools();
useTimeline();
useRows();
showPrograms();
showIncidents();
showImages();
showLosses();
refresh();
document.documentElement.dataset.ready = "yes";
