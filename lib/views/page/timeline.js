/* SPDX-License-Identifier: MIT */
/* timeline.js - the lifetimes next to the rows, and the axis above them. Only what is visible is
 * drawn, at most once per frame. */
const ROW = 24;
const view = { from: 0, to: SPAN };
const axis = byId("axis");
const lives = byId("lives");
let hovered = -1; /* x of the pointer over the timeline */

/* Prepares a canvas with the resolution of the screen. Returns its size in CSS pixels. */
function ready(canvas) {
	const { width, height } = canvas.getBoundingClientRect();
	const scale = window.devicePixelRatio || 1;
	const wide = Math.round(width * scale), high = Math.round(height * scale);
	if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
	const c = canvas.getContext("2d");
	c.setTransform(scale, 0, 0, scale, 0, 0);
	c.clearRect(0, 0, width, height);
	return [c, width, height];
}

/* ---- the axis: the whole time with the visible part, and the ticks of that part ---- */

const TICKS = 26; /* their height */

function steps(width) {
	const least = ((view.to - view.from) / width) * 96;
	for (const unit of [1, 1e3, 1e6, 60e6, 3600e6, 86400e6])
		for (const factor of unit >= 60e6 ? [1, 2, 5, 10, 15, 30] : [1, 2, 5, 10, 20, 50, 100, 200, 500])
			if (unit * factor >= least) return unit * factor;
	return 7 * 86400e6;
}

function tickText(us, step) {
	if (us === 0) return "0";
	if (step < 1e3) return us < 1e6 ? us / 1e3 + " ms" : (us / 1e6).toFixed(6).replace(/0+$/, "") + " s";
	if (step < 1e6) return us < 1e6 ? us / 1e3 + " ms" : (us / 1e6).toFixed(3).replace(/0+$/, "").replace(/\.$/, "") + " s";
	if (us < 60e6) return us / 1e6 + " s";
	const s = Math.round(us / 1e6);
	return s < 3600 ? Math.floor(s / 60) + ":" + two(s % 60) + " min" : Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + " h";
}

/* The largest number of new processes that ran at the same time. */
function mostAtOnce() {
	const begins = [], ends = [];
	let most = 0;
	for (let row = 0; row < N; row++) {
		if (has(row, FLAG.existing)) continue;
		begins.push(P.t[row]);
		ends.push(endOf(row));
	}
	begins.sort((a, b) => a - b);
	ends.sort((a, b) => a - b);
	for (let begun = 0, ended = 0; begun < begins.length; most = Math.max(most, ++begun - ended))
		while (ends[ended] < begins[begun]) ended++;
	return most;
}
const MOST = mostAtOnce();

let density = null; /* number of new processes that run, by pixel */
function densities(width) {
	const change = new Float64Array(width + 2);
	if (density && density.length === width) return density;
	for (let row = 0; row < N; row++) {
		if (has(row, FLAG.existing)) continue;
		const from = Math.max(0, Math.floor((P.t[row] / SPAN) * width));
		change[Math.min(width, from)]++;
		change[Math.min(width, Math.floor((endOf(row) / SPAN) * width)) + 1]--;
	}
	density = new Float64Array(width);
	for (let x = 0, running = 0; x < width; x++) density[x] = running += change[x];
	return density;
}

function drawAxis() {
	const [c, width, height] = ready(axis);
	const tall = height - TICKS;
	const values = densities(Math.max(1, Math.floor(width)));
	const most = values.reduce((a, b) => Math.max(a, b), 1);
	const x0 = (view.from / SPAN) * width, x1 = (view.to / SPAN) * width;
	c.fillStyle = paint.density;
	for (let x = 0; x < values.length; x++) {
		const h = Math.round((values[x] / most) * (tall - 8));
		if (h) c.fillRect(x, tall - h, 1, h);
	}
	if (x1 - x0 < width - 1) {
		c.globalAlpha = 0.72;
		c.fillStyle = paint.card;
		c.fillRect(0, 0, x0, tall);
		c.fillRect(x1, 0, width - x1, tall);
		c.globalAlpha = 1;
		c.fillStyle = paint.accent;
		c.fillRect(Math.min(x0, width - 2), 0, Math.max(x1 - x0, 2), 2);
	}
	c.fillStyle = paint.soft;
	c.font = "12px system-ui, sans-serif";
	c.textBaseline = "top";
	const words = "up to " + some(MOST, "process", "processes") + " at once";
	c.fillText(c.measureText(words).width + 16 < width ? words : "up to " + count(MOST), 8, 6);
	c.fillStyle = paint.line;
	c.fillRect(0, tall, width, 1);
	c.textBaseline = "middle";
	eachTick(width, (x, us, step) => {
		c.fillStyle = paint.line;
		c.fillRect(Math.round(x), tall, 1, 6);
		c.fillStyle = paint.soft;
		c.fillText(tickText(us, step), x + 5, tall + TICKS / 2 + 1);
	});
}

function eachTick(width, draw) {
	const step = steps(width);
	for (let us = Math.ceil(view.from / step) * step; us <= view.to; us += step)
		draw(((us - view.from) / (view.to - view.from)) * width, us, step);
}

/* ---- lifetimes ---- */

function drawLives(top, first, last) {
	const [c, width, height] = ready(lives);
	const scale = width / (view.to - view.from);
	c.fillStyle = paint.grid;
	eachTick(width, (x) => c.fillRect(Math.round(x), 0, 1, height));
	c.font = "12px system-ui, sans-serif";
	c.textBaseline = "middle";
	for (let place = first; place <= last; place++) {
		const y = place * ROW - top;
		if (rows[place] === selected) {
			c.fillStyle = paint.chosen;
			c.fillRect(0, y, width, ROW);
		}
		drawLife(c, rows[place], y, width, scale);
	}
	if (hovered >= 0) {
		c.fillStyle = paint.faint;
		c.fillRect(hovered, 0, 1, height);
	}
}

function drawLife(c, row, y, width, scale) {
	const x0 = (P.t[row] - view.from) * scale, x1 = (endOf(row) - view.from) * scale;
	const from = Math.max(x0, -4), to = Math.max(Math.min(x1, width + 4), from + 2);
	if (x1 < -1 || x0 > width + 1) return drawAway(c, x0 > width, y, width);
	c.globalAlpha = chosen[row] ? 1 : 0.4;
	c.fillStyle = colorOf(row);
	c.beginPath();
	c.roundRect(from, y + 6, to - from, ROW - 12, Math.min(3, (to - from) / 2));
	c.fill();
	if (failed(row)) {
		c.fillStyle = paint.bad;
		c.fillRect(Math.min(to, width) - 3, y + 4, 3, ROW - 8);
	}
	for (const run of (runs.get(row) || []).slice(1)) { /* where it changed its program */
		c.fillStyle = paint.card;
		c.fillRect((run[1] - view.from) * scale, y + 6, 1.5, ROW - 12);
	}
	for (const incident of incidents.get(row) || []) drawMark(c, (incident[0] - view.from) * scale, y);
	c.globalAlpha = 1;
	label(c, row, from, to, y, width);
}

/* Marks a lifetime before or after the visible part. */
function drawAway(c, after, y, width) {
	c.fillStyle = paint.faint;
		c.fillText(after ? "\u203a" : "\u2039", after ? width - 10 : 4, y + ROW / 2);
}

function drawMark(c, x, y) {
	c.fillStyle = paint.bad;
	c.beginPath();
	c.moveTo(x, y + 3);
	c.lineTo(x + 5, y + 11);
	c.lineTo(x - 5, y + 11);
	c.fill();
}

function label(c, row, from, to, y, width) {
	const words = nameOf(row);
	const wide = words.length * 7.2; /* an estimate: measuring each text is slow */
	c.fillStyle = paint.soft;
	if (to - from > wide + 12) {
		c.fillStyle = paint.ink;
		c.fillText(words, Math.max(from, 0) + 6, y + ROW / 2 + 0.5, to - Math.max(from, 0) - 8);
	} else if (to + 6 + wide < width) {
		c.fillText(words, to + 6, y + ROW / 2 + 0.5);
	} else if (from - 6 - wide > 0) {
		c.textAlign = "right";
		c.fillText(words, from - 6, y + ROW / 2 + 0.5);
		c.textAlign = "left";
	}
}

/* ---- the visible part ---- */

function setView(from, to) {
	const wide = Math.min(Math.max(to - from, 20), SPAN);
	view.from = Math.min(Math.max(from, 0), SPAN - wide);
	view.to = view.from + wide;
	redraw();
}

/* factor < 1: closer. at: the position that does not move, 0 to 1. */
function zoom(factor, at = 0.5) {
	const wide = view.to - view.from, fixed = view.from + wide * at;
	setView(fixed - wide * factor * at, fixed + wide * factor * (1 - at));
}

function pan(part) {
	const by = (view.to - view.from) * part;
	setView(view.from + by, view.to + by);
}

const place = (event, canvas) => {
	const box = canvas.getBoundingClientRect();
	return [(event.clientX - box.left) / box.width, event.clientY - box.top, event.clientX - box.left];
};

function onWheel(event, canvas) {
	const [at] = place(event, canvas);
	const many = Math.abs(event.deltaX) > Math.abs(event.deltaY);
	if (event.shiftKey || many) pan((many ? event.deltaX : event.deltaY) / 1200);
	else if (canvas === axis || event.ctrlKey || event.metaKey || event.altKey) zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), at);
	else return; /* scrolls the rows */
	event.preventDefault();
}

/* Dragging moves the timeline; on the axis it selects a part. */
function drags(canvas, moved, done) {
	canvas.addEventListener("pointerdown", (down) => {
		const begun = place(down, canvas), before = { ...view };
		let far = false;
		const move = (event) => {
			const now = place(event, canvas);
			far = far || Math.abs(now[2] - begun[2]) > 3;
			if (far) moved(begun[0], now[0], before);
		};
		canvas.setPointerCapture(down.pointerId);
		canvas.addEventListener("pointermove", move);
		canvas.addEventListener("pointerup", (event) => {
			canvas.removeEventListener("pointermove", move);
			canvas.classList.remove("dragging");
			if (!far) done(event);
		}, { once: true });
	});
}

function useTimeline() {
	for (const canvas of [axis, lives]) canvas.addEventListener("wheel", (event) => onWheel(event, canvas), { passive: false });
	drags(axis, (a, b) => {
		setView(Math.min(a, b) * SPAN, Math.max(a, b) * SPAN);
	}, (event) => {
		const wide = view.to - view.from, middle = place(event, axis)[0] * SPAN;
		if (wide < SPAN) setView(middle - wide / 2, middle + wide / 2);
	});
	drags(lives, (a, b, before) => {
		const by = (a - b) * (before.to - before.from);
		lives.classList.add("dragging");
		setView(before.from + by, before.to + by);
	}, (event) => select(rowAt(event)));
	axis.addEventListener("dblclick", () => setView(0, SPAN));
	lives.addEventListener("pointermove", hover);
	lives.addEventListener("pointerleave", () => {
		hovered = -1;
		byId("tip").hidden = true;
		redraw();
	});
}

function hover(event) {
	const row = rowAt(event), tip = byId("tip"), [at, , x] = place(event, lives);
	hovered = x;
	tip.hidden = row < 0;
	if (row >= 0) {
		const when = view.from + at * (view.to - view.from);
		tip.replaceChildren(el("b", "", nameOf(row)), ` ${P.pid[row]}, ${endText(row)}`, el("br"),
			`${clock(P.t[row])}, ${P.d[row] < 0 ? "still runs" : "for " + lasting(P.d[row])}`, el("br"), `here: ${clock(when)}`);
		const wide = tip.offsetWidth;
		tip.style.left = Math.max(8, Math.min(event.clientX + 14, innerWidth - wide - 8)) + "px";
		tip.style.top = Math.min(event.clientY + 16, innerHeight - tip.offsetHeight - 8) + "px";
	}
	redraw();
}
