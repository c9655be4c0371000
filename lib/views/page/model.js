/* SPDX-License-Identifier: MIT */
/* model.js - the data of the page, and the tree made from it. Rows are in the order of the tree;
 * times are microseconds after the first event. */
const D = JSON.parse(document.getElementById("data").textContent);
for (const key of ["host", "source", "version"]) D[key] = D.s[D[key]];
const P = D.p;
const N = P.pid.length;
const FLAG = { ended: 1, known: 2, signal: 4, core: 8, existing: 16, kernel: 32, forked: 64, marked: 128 };
const has = (row, flag) => (P.f[row] & flag) !== 0;
const text = (number) => (number < 0 ? "" : D.s[number]);
const nameOf = (row) => text(P.n[row]) || "PID " + P.pid[row];
const commandOf = (row) => text(P.m[row]);
const failed = (row) => has(row, FLAG.known) && P.x[row] !== 0;
const SPAN = Math.max(D.span, 1);
const endOf = (row) => (P.d[row] < 0 ? SPAN : P.t[row] + P.d[row]);

const depth = new Uint32Array(N);
const below = new Uint32Array(N); /* how many rows after this one are its descendants */
for (let row = 0; row < N; row++) if (P.up[row] >= 0) depth[row] = depth[P.up[row]] + 1;
for (let row = N - 1; row >= 0; row--) if (P.up[row] >= 0) below[P.up[row]] += below[row] + 1;

const runs = new Map(); /* by row: each program of a process that ran several */
for (const run of D.runs) {
	if (!runs.has(run[0])) runs.set(run[0], []);
	runs.get(run[0]).push(run);
}
const incidents = new Map(); /* by the row of the actor and of the target */
for (const incident of D.incidents)
	for (const row of new Set([incident[2], incident[3]]))
		if (row >= 0) incidents.set(row, (incidents.get(row) || []).concat([incident]));

/* The shown rows: chosen ones with their ancestors, except those below a folded one. */
const choice = { words: "", only: "all", before: false };
const chosen = new Uint8Array(N);
const shown = new Uint8Array(N);
const folded = new Uint8Array(N);
let rows = [];
let found = 0;

const lowered = [];
const lower = (number) => (lowered[number] ??= D.s[number].toLowerCase());

function matches(row, words) {
	const pid = String(P.pid[row]);
	return words.every((word) => pid === word || lower(P.m[row]).includes(word) || lower(P.n[row]).includes(word));
}

function choose() {
	const words = choice.words.toLowerCase().split(/\s+/).filter(Boolean);
	const anything = words.length > 0 || choice.only !== "all" || choice.before || D.totals.started === 0;
	found = 0;
	shown.fill(0);
	for (let row = 0; row < N; row++) {
		let wanted = anything || !has(row, FLAG.existing) || has(row, FLAG.ended) || incidents.has(row);
		if (choice.only === "failed") wanted = failed(row);
		else if (choice.only === "marked") wanted = incidents.has(row);
		if (wanted && words.length) wanted = matches(row, words);
		chosen[row] = wanted ? 1 : 0;
		found += chosen[row];
	}
	for (let row = 0; row < N; row++)
		if (chosen[row]) for (let up = row; up >= 0 && !shown[up]; up = P.up[up]) shown[up] = 1;
	layOut();
}

function layOut() {
	rows = [];
	for (let row = 0; row < N; ) {
		if (shown[row]) rows.push(row);
		row += !shown[row] || folded[row] ? below[row] + 1 : 1;
	}
}

/* Whether the row has visible descendants when it is not folded. */
function opens(row) {
	for (let at = row + 1, last = row + below[row]; at <= last; at += below[at] + 1) if (shown[at]) return true;
	return false;
}

function foldAll(fold) {
	for (let row = 0; row < N; row++) folded[row] = fold && below[row] > 0 ? 1 : 0;
	layOut();
}

/* Makes a row visible, and returns its place. */
function reveal(row) {
	if (!shown[row]) {
		choice.words = "";
		choice.only = "all";
		choice.before = choice.before || has(row, FLAG.existing);
		choose();
	}
	for (let up = P.up[row]; up >= 0; up = P.up[up]) folded[up] = 0;
	layOut();
	return placeOf(row);
}

/* rows is sorted. */
function placeOf(row) {
	let low = 0, high = rows.length - 1;
	while (low <= high) {
		const middle = (low + high) >> 1;
		if (rows[middle] === row) return middle;
		if (rows[middle] < row) low = middle + 1;
		else high = middle - 1;
	}
	return -1;
}
