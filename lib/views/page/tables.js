/* SPDX-License-Identifier: MIT */
/* tables.js - the tables below the tree, and the details of the selected process. */
const FEW = 12; /* rows before "Show all" */
const MANY = 2000; /* more rows would make the page slow */

function rowLink(row) {
	const link = el("button", "link", row < 0 ? "unknown" : nameOf(row) + " " + P.pid[row]);
	link.type = "button";
	link.disabled = row < 0;
	link.addEventListener("click", () => select(row, true));
	return link;
}

/* columns: { name, value (the sort key), put (fills a cell), number } */
function makeTable(where, label, columns, items, sort) {
	const state = { by: sort, down: true, limit: FEW };
	const box = el("div", "table"), table = el("table"), head = el("thead"), body = el("tbody");
	const line = el("tr"), more = el("button", "more");
	table.setAttribute("aria-label", label);
	columns.forEach((column, at) => {
		const th = el("th", column.number ? "n" : ""), button = el("button", "", column.name);
		button.type = "button";
		th.scope = "col";
		button.addEventListener("click", () => {
			state.down = state.by === at ? !state.down : Boolean(column.number);
			state.by = at;
			fill();
		});
		th.append(button);
		line.append(th);
	});
	const fill = () => {
		const value = columns[state.by].value, sign = state.down ? -1 : 1;
		const sorted = [...items].sort((a, b) => (value(a) < value(b) ? -sign : value(a) > value(b) ? sign : 0));
		[...line.children].forEach((th, at) => {
			if (at === state.by) th.setAttribute("aria-sort", state.down ? "descending" : "ascending");
			else th.removeAttribute("aria-sort");
			th.firstChild.textContent = columns[at].name + (at !== state.by ? "" : state.down ? " \u2193" : " \u2191");
		});
		body.replaceChildren(...sorted.slice(0, state.limit).map((item) => {
			const tr = el("tr");
			for (const column of columns) {
				const td = el("td", (column.number ? "n " : "") + (column.className || ""));
				column.put(td, item);
				tr.append(td);
			}
			return tr;
		}));
		more.hidden = items.length <= state.limit || state.limit >= MANY;
		more.style.display = more.hidden ? "none" : "";
		more.textContent = items.length > MANY ? `Show ${count(MANY)} of ${count(items.length)}` : `Show all ${count(items.length)}`;
	};
	more.type = "button";
	more.addEventListener("click", () => {
		state.limit = MANY;
		fill();
	});
	head.append(line);
	table.append(head, body);
	box.append(table, more);
	byId(where).replaceChildren(box);
	fill();
}

const column = (name, value, show, more = {}) => ({ name, value, put: (td, item) => { td.textContent = show(item); }, ...more });
const NUMBER = { number: true };
const nothing = (where, words) => byId(where).replaceChildren(el("p", "calm", words));

function showPrograms() {
	const most = Math.max(...D.programs.map((p) => p[7]), 1);
	if (!D.programs.length) return nothing("programs", "No program was started.");
	makeTable("programs", "Busiest programs", [
		{ name: "Program", value: (p) => text(p[0]), className: "wide", put: (td, p) => {
			const link = el("button", "link", text(p[0]));
			link.type = "button";
			link.addEventListener("click", () => searchFor(text(p[0]).split(/[/\\]/).pop()));
			td.append(link);
		} },
		column("Started", (p) => p[1], (p) => count(p[1]), NUMBER),
		column("Running", (p) => p[2], (p) => (p[2] ? count(p[2]) : ""), NUMBER),
		{ ...NUMBER, name: "Failed", value: (p) => p[4], put: (td, p) => {
			td.textContent = p[4] ? count(p[4]) : "";
			td.classList.toggle("bad", p[4] > 0);
		} },
		{ ...NUMBER, name: "CPU", value: (p) => p[7], put: (td, p) => {
			const meter = el("span", "meter");
			meter.style.width = Math.round((p[7] / most) * 90) + "px";
			td.append(meter, lasting(p[7]));
		} },
		column("Mean lifetime", (p) => p[5] / Math.max(p[3], 1), (p) => (p[3] ? lasting(Math.round(p[5] / p[3])) : ""), NUMBER),
		column("Longest", (p) => p[6], (p) => (p[3] ? lasting(p[6]) : ""), NUMBER),
	], D.programs, 4);
}

const IMAGE = { 1: "deleted", 2: "memory only", 16: "tainted", 64: "deleted?" };
function imageNotes(image) {
	const notes = Object.keys(IMAGE).filter((bit) => image[4] & bit).map((bit) => IMAGE[bit]);
	return (image[5] ? ["driver"] : []).concat(notes).join(", ");
}

function showImages() {
	if (!D.images.length) return nothing("images", "No image load was reported.");
	makeTable("images", "Images by first load", [
		column("First load", (i) => -i[0], (i) => clock(i[0]), NUMBER),
		column("Image", (i) => text(i[1]), (i) => text(i[1]), { className: "wide" }),
		column("Notes", (i) => imageNotes(i), imageNotes, { className: "bad" }),
		column("Loads", (i) => i[2], (i) => count(i[2]), NUMBER),
		{ name: "First by", value: (i) => (i[3] < 0 ? "" : nameOf(i[3])), put: (td, i) => td.append(rowLink(i[3])) },
	], D.images, 0);
}

function showIncidents() {
	if (!D.incidents.length) return nothing("incidents", "None was reported.");
	makeTable("incidents", "Remote threads, accesses, denials and alerts", [
		column("Time", (i) => -i[0], (i) => clock(i[0]), NUMBER),
		column("Kind", (i) => text(i[1]), (i) => text(i[1])),
		{ name: "By", value: (i) => (i[2] < 0 ? "" : nameOf(i[2])), put: (td, i) => td.append(rowLink(i[2])) },
		column("What", (i) => text(i[4]), (i) => text(i[4]), { className: "wide" }),
	], D.incidents, 0);
}

function showLosses() {
	if (!D.losses.length) return nothing("losses", "Nothing was lost.");
	makeTable("losses", "Losses", [
		column("Time", (l) => -l[0], (l) => clock(l[0]), NUMBER),
		column("Missing", (l) => l[1], (l) => count(l[1]), NUMBER),
		column("Type", (l) => text(l[2]), (l) => text(l[2]) || "several"),
		column("Why", (l) => text(l[3]), (l) => text(l[3]), { className: "wide" }),
	], D.losses, 0);
}

/* ---- the selected process ---- */

function pathTo(row) {
	const path = [];
	for (let up = P.up[row]; up >= 0 && path.length < 40; up = P.up[up]) path.unshift(up);
	return path;
}

function facts(row) {
	const parent = P.up[row] < 0 && P.ppid[row] ? "PID " + P.ppid[row] + ", not in this report" : "";
	return [
		["Started", clock(P.t[row]) + (has(row, FLAG.existing) ? " (before)" : "")],
		["Started by", parent],
		["Lasted", P.d[row] < 0 ? "still ran at the end" : lasting(P.d[row])],
		["End", has(row, FLAG.known) ? (has(row, FLAG.signal) ? "signal " : "code ") + endText(row) : has(row, FLAG.ended) ? "not reported: lost" : ""],
		["CPU", has(row, FLAG.known) && P.cpu[row] ? lasting(P.cpu[row]) : ""],
		["Largest memory", P.mem[row] ? size(P.mem[row]) : ""],
		["User", userOf(row)],
		["Threads made", P.th[row] ? count(P.th[row]) : ""],
		["Image loads", P.im[row] ? count(P.im[row]) : ""],
		["Processes below", below[row] ? count(below[row]) : ""],
	].filter((fact) => fact[1]);
}

function showDetail(row) {
	const path = el("p", "path"), list = el("dl", "facts"), parts = [];
	for (const up of pathTo(row)) path.append(rowLink(up), "\u203a");
	path.append(el("span", "", "PID " + P.pid[row]));
	for (const [name, value] of facts(row)) {
		const pair = el("div");
		pair.append(el("dt", "", name), el("dd", "", value));
		list.append(pair);
	}
	for (const run of runs.get(row) || [[row, 0, P.n[row], P.m[row]]])
		parts.push(el("p", "line", (runs.has(row) ? clock(run[1]) + "  " : "") + text(run[3])));
	for (const incident of incidents.get(row) || [])
		parts.push(el("p", "notice alarm", clock(incident[0]) + "  " + text(incident[1]) + ": " + (incident[2] === row || incident[2] < 0 ? "" : "by " + nameOf(incident[2]) + " " + P.pid[incident[2]] + ", ") + text(incident[4])));
	byId("detail").replaceChildren(el("h3", "", nameOf(row)), path, list, ...parts);
}
