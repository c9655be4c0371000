/* SPDX-License-Identifier: MIT */
/* text.js - formats numbers and times; creates elements. Names of processes only become text
 * nodes: no function of the page makes HTML from a string. */
const el = (tag, className, content) => {
	const made = document.createElement(tag);
	if (className) made.className = className;
	if (content !== undefined) made.textContent = content;
	return made;
};
const byId = (id) => document.getElementById(id);
const count = (n) => n.toLocaleString("en-US").replace(/,/g, "\u202f");
const some = (n, one, many) => count(n) + " " + (n === 1 ? one : many || one + "s");

function lasting(us) {
	if (us < 0) return "";
	if (us < 1000) return us + " \u00b5s";
	if (us < 1e6) return (us / 1000).toFixed(us < 1e5 ? 1 : 0) + " ms";
	if (us < 60e6) return (us / 1e6).toFixed(us < 10e6 ? 2 : 1) + " s";
	const s = Math.round(us / 1e6);
	if (s < 3600) return Math.floor(s / 60) + " min " + (s % 60) + " s";
	if (s < 86400) return Math.floor(s / 3600) + " h " + Math.floor((s % 3600) / 60) + " min";
	return Math.floor(s / 86400) + " d " + Math.floor((s % 86400) / 3600) + " h";
}

const two = (n) => String(n).padStart(2, "0");
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const dateAt = (us) => new Date(D.first + (D.first_us + us) / 1000);
const day = (date) => date.getDate() + " " + MONTHS[date.getMonth()] + " " + date.getFullYear();
const hour = (date) => two(date.getHours()) + ":" + two(date.getMinutes()) + ":" + two(date.getSeconds());

/* A time in the time zone of the browser, with the day if it is not that of the first event. */
function clock(us) {
	const date = dateAt(us);
	const time = hour(date) + "." + String(date.getMilliseconds()).padStart(3, "0");
	return day(date) === day(dateAt(0)) ? time : day(date) + ", " + hour(date);
}

function zone() {
	const minutes = -dateAt(0).getTimezoneOffset();
	if (!minutes) return "UTC";
	const size = Math.abs(minutes);
	return "UTC" + (minutes < 0 ? "\u2212" : "+") + two(Math.floor(size / 60)) + ":" + two(size % 60);
}

const signalName = (number) => (D.signals[number] === undefined ? "signal " + number : text(D.signals[number]).slice(3));

function endText(row) {
	if (!has(row, FLAG.ended)) return "runs";
	if (!has(row, FLAG.known)) return "lost";
	if (has(row, FLAG.signal)) return signalName(P.x[row]) + (has(row, FLAG.core) ? "+" : "");
	return P.x[row] > 255 ? "0x" + P.x[row].toString(16) : String(P.x[row]);
}

const size = (kib) => (kib >= 1 << 20 ? (kib / (1 << 20)).toFixed(1) + " GiB" : kib >= 1024 ? (kib / 1024).toFixed(1) + " MiB" : kib + " KiB");
const userOf = (row) => (P.uid[row] < 0 ? "" : D.users[P.uid[row]] === undefined ? String(P.uid[row]) : text(D.users[P.uid[row]]));

/* A color for each program, the same everywhere on the page. */
const hues = new Map();
function hueOf(name) {
	if (!hues.has(name)) {
		let mixed = 7;
		for (let i = 0; i < name.length; i++) mixed = (Math.imul(mixed, 31) + name.charCodeAt(i)) >>> 0;
		hues.set(name, (Math.imul(mixed, 2654435761) >>> 0) % 24 * 15);
	}
	return hues.get(name);
}
let paint = {}; /* the colors of the current style */
function readPaint() {
	const style = getComputedStyle(document.documentElement);
	for (const name of ["paper", "card", "ink", "soft", "faint", "line", "accent", "bad", "good", "grid", "density", "chosen", "bar-s", "bar-l"])
		paint[name] = style.getPropertyValue("--" + name).trim();
}
const colorOf = (row) => `hsl(${hueOf(nameOf(row))} ${paint["bar-s"]} ${paint["bar-l"]})`;
