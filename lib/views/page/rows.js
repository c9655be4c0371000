/* SPDX-License-Identifier: MIT */
/* rows.js - the tree next to the timeline. Only the visible rows are elements, so a list of
 * 50,000 rows has as many as one of 50. */
const scroller = byId("scroll");
const tree = byId("tree");
const pool = [];
let selected = -1;
let due = false;

function makeRow() {
	const r = el("div", "r");
	const cell = (className) => {
		const made = el("span", className);
		made.setAttribute("role", "gridcell");
		return made;
	};
	r.setAttribute("role", "row");
	r.name = cell("c-name");
	r.twig = el("button", "twig");
	r.twig.type = "button";
	r.twig.tabIndex = -1;
	r.dot = el("span", "dot");
	r.who = el("span", "who");
	r.flag = el("span", "flag");
	r.what = el("span", "what");
	r.name.append(r.twig, r.dot, r.who, r.flag, r.what);
	r.pid = cell("c-pid");
	r.lasted = cell("c-num");
	r.cpu = cell("c-num");
	r.exit = cell("c-exit");
	r.append(r.name, r.pid, r.lasted, r.cpu, r.exit);
	r.twig.addEventListener("click", (event) => {
		event.stopPropagation();
		fold(r.row, !folded[r.row]);
	});
	r.addEventListener("click", () => select(r.row));
	tree.append(r);
	return r;
}

function fillRow(r, place, top) {
	const row = rows[place], open = opens(row);
	r.style.transform = `translateY(${place * ROW - top}px)`;
	r.setAttribute("aria-selected", row === selected);
	r.setAttribute("aria-expanded", !folded[row]);
	if (!open) r.removeAttribute("aria-expanded");
	r.twig.textContent = open ? (folded[row] ? "\u25b8" : "\u25be") : "";
	r.classList.toggle("beside", !chosen[row]);
	if (r.row === row && r.place === place) return;
	r.row = row;
	r.place = place;
	r.id = "row-" + row;
	r.setAttribute("aria-level", depth[row] + 1);
	r.setAttribute("aria-rowindex", place + 1);
	r.twig.setAttribute("aria-label", "Fold or unfold " + nameOf(row));
	r.name.style.setProperty("--depth", depth[row]);
	r.dot.style.background = colorOf(row);
	r.who.textContent = nameOf(row);
	r.flag.textContent = incidents.has(row) ? "\u25b2" : "";
	r.what.textContent = has(row, FLAG.forked) ? "fork" : argumentsOf(row);
	r.pid.textContent = P.pid[row];
	r.lasted.textContent = lasting(P.d[row]);
	r.cpu.textContent = P.cpu[row] ? lasting(P.cpu[row]) : "";
	r.exit.textContent = endText(row);
	r.exit.className = "c-exit" + (failed(row) ? " bad" : has(row, FLAG.ended) ? "" : " lives");
}

/* A command without its first word, because the name is shown before it. */
function argumentsOf(row) {
	const command = commandOf(row), at = command.indexOf(" ");
	return at < 0 || command[0] === "'" || command[0] === "$" ? "" : command.slice(at + 1);
}

function redraw() {
	if (due) return;
	due = true;
	requestAnimationFrame(() => {
		due = false;
		draw();
	});
}

function draw() {
	const high = scroller.clientHeight, top = scroller.scrollTop;
	const first = Math.floor(top / ROW), last = Math.min(rows.length - 1, Math.floor((top + high) / ROW));
	byId("sizer").style.height = Math.max(rows.length * ROW, high) + "px";
	byId("pane").style.height = high + "px";
	while (pool.length < last - first + 1) pool.push(makeRow());
	for (let i = 0; i < pool.length; i++) {
		pool[i].hidden = first + i > last;
		pool[i].style.display = pool[i].hidden ? "none" : "";
		if (!pool[i].hidden) fillRow(pool[i], first + i, top);
	}
	tree.setAttribute("aria-rowcount", rows.length);
	if (selected >= 0 && byId("row-" + selected)) tree.setAttribute("aria-activedescendant", "row-" + selected);
	else tree.removeAttribute("aria-activedescendant");
	drawAxis();
	drawLives(top, first, last);
}

function fold(row, closed) {
	folded[row] = closed ? 1 : 0;
	layOut();
	redraw();
}

function rowAt(event) {
	const at = Math.floor((event.clientY - scroller.getBoundingClientRect().top + scroller.scrollTop) / ROW);
	return at >= 0 && at < rows.length ? rows[at] : -1;
}

function scrollTo(place) {
	const high = scroller.clientHeight;
	if (place * ROW < scroller.scrollTop) scroller.scrollTop = place * ROW;
	else if ((place + 1) * ROW > scroller.scrollTop + high) scroller.scrollTop = (place + 1) * ROW - high;
}

function select(row, show = false) {
	if (row < 0) return;
	selected = row;
	scrollTo(reveal(row));
	showDetail(row);
	if (show) {
		if (P.t[row] > view.to || endOf(row) < view.from) setView(P.t[row] - SPAN / 20, endOf(row) + SPAN / 20);
		byId("processes").scrollIntoView({ block: "start" });
		tree.focus({ preventScroll: true });
	}
	refresh();
}

/* The usual keys of a tree: down, up, open, close. */
function move(key) {
	const at = placeOf(selected), page = Math.max(1, Math.floor(scroller.clientHeight / ROW) - 1);
	const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -rows.length, End: rows.length };
	if (!rows.length) return;
	if (at < 0) return select(rows[Math.min(rows.length - 1, Math.floor(scroller.scrollTop / ROW))]);
	if (steps[key]) return select(rows[Math.min(rows.length - 1, Math.max(0, at + steps[key]))]);
	if (key === "ArrowRight") return folded[selected] && opens(selected) ? fold(selected, false) : opens(selected) && select(rows[at + 1]);
	if (!folded[selected] && opens(selected)) return fold(selected, true);
	if (P.up[selected] >= 0) select(P.up[selected]);
}

/* The line between rows and timeline: drag it, or focus it and use the arrow keys. A double click
 * resets it. */
function useDivider() {
	const divider = byId("divider"), root = document.documentElement;
	const chart = divider.parentElement;
	const widthNow = () => Math.round(((divider.offsetLeft + 4) / chart.clientWidth) * 100);
	const place = (percent) => {
		if (percent === null) root.style.removeProperty("--names");
		else root.style.setProperty("--names", Math.min(85, Math.max(15, percent)) + "%");
		divider.setAttribute("aria-valuenow", widthNow());
		redraw();
	};
	const follow = (event) => {
		const { left, width } = chart.getBoundingClientRect();
		place(((event.clientX - left) / width) * 100);
	};
	divider.addEventListener("pointerdown", (event) => {
		divider.setPointerCapture(event.pointerId);
		divider.classList.add("dragging");
		divider.addEventListener("pointermove", follow);
	});
	divider.addEventListener("lostpointercapture", () => {
		divider.classList.remove("dragging");
		divider.removeEventListener("pointermove", follow);
	});
	divider.addEventListener("dblclick", () => place(null));
	divider.addEventListener("keydown", (event) => {
		const step = { ArrowLeft: -2, ArrowRight: 2, Home: -100, End: 100 }[event.key];
		if (!step) return;
		event.preventDefault();
		place(widthNow() + step);
	});
	divider.setAttribute("aria-valuenow", widthNow());
}

function useRows() {
	const zooms = { "+": 0.6, "=": 0.6, w: 0.6, "-": 1 / 0.6, s: 1 / 0.6 };
	scroller.addEventListener("scroll", redraw, { passive: true });
	tree.addEventListener("keydown", (event) => {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
		if (/^(Arrow(Up|Down|Left|Right)|Page(Up|Down)|Home|End)$/.test(key)) move(key);
		else if (zooms[key]) zoom(zooms[key]);
		else if (key === "0") setView(0, SPAN);
		else if (key === "a" || key === "d") pan(key === "a" ? -0.2 : 0.2);
		else if (key === "f" && selected >= 0) setView(P.t[selected] - 20, endOf(selected) + 20);
		else return;
		event.preventDefault();
	});
	new ResizeObserver(redraw).observe(byId("pane"));
	new ResizeObserver(redraw).observe(scroller);
	useDivider();
}
