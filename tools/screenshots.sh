#!/bin/bash
# SPDX-License-Identifier: MIT
# screenshots.sh - makes pictures of what a person sees, to be looked at: the report of a recorded
# build in light and dark, wide and narrow, and commands in a terminal.
#
#	tools/screenshots.sh [FOLDER [RECORDING]]
#	tools/screenshots.sh --msi [FOLDER]
#
# --msi makes those of the MSI's dialogs, under Wine: it needs `make windows`, and Debian's packages
# wine64, xvfb, xdotool and imagemagick.
#
# Writes them to FOLDER (build/screenshots), and docs/report.png. RECORDING: a build that was recorded
# before; without it a Debian source package is built and recorded. Needs root, build/linux, the packages of
# tools/setup.sh --test, and tmux and aha, which draw the terminal.
set -eu
cd "$(dirname "$0")/.."
vigil=$PWD/build/linux/vigil

# The dialogs of the MSI: installation, its end, the dialog for what is installed, the end of removal. The
# service does not start in this Wine, which lacks routines of the kernel.
msi_dialogs() {
	local out=$1 here

	here=$(mktemp -d)
	mkdir -p "$out"
	export DISPLAY=:97 WINEPREFIX=$here/prefix WINEDEBUG=-all PATH=$PATH:/usr/lib/wine
	export WINEDLLOVERRIDES="winedbg.exe=d;mscoree,mshtml="
	Xvfb "$DISPLAY" -screen 0 560x420x24 >/dev/null 2>&1 &
	# shellcheck disable=SC2064 # the values of now
	trap "wineserver64 -k; kill $!; rm -rf '$here'" EXIT
	cp build/windows/vigil-*-windows-x64.msi "$here/vigil.msi"
	wine64 wineboot -i
	wineserver64 -w
	msi_shown msi-install msi-done 348
	msi_shown msi-change msi-removed 348
}

# msi_shown FIRST LAST X: starts the installer, takes its picture, presses the button at X, and takes
# another when it is done.
msi_shown() {
	wine64 msiexec /i "Z:${here//\//\\}\\vigil.msi" >/dev/null 2>&1 &
	sleep 15
	import -window root "$out/$1.png"
	msi_press "$3"
	sleep 20
	import -window root "$out/$2.png"
	msi_press 441
	wait "$!"
	echo "$out/$1.png $out/$2.png"
}

# msi_press X: presses the button at X of the dialog, which each step replaces.
msi_press() {
	xdotool mousemove --window "$(xdotool search --name 'Vigil Setup' | tail -n 1)" "$1" 335 click 1
}

if [ "${1-}" = --msi ]; then
	msi_dialogs "${2-build/screenshots}"
	exit
fi
out=${1-build/screenshots}
recording=${2-}
if [ "$(id -u)" -ne 0 ]; then
	echo "Recording needs root: sudo tools/screenshots.sh" >&2
	exit 3
fi
for tool in tmux aha chromedriver; do
	command -v "$tool" >/dev/null || {
		echo "$tool is not installed" >&2
		exit 1
	}
done

here=$(mktemp -d)
trap 'tmux -S "$here/tmux" kill-server 2>/dev/null || true; rm -rf "$here"' EXIT
mkdir -p "$out"

# Records the build of a source package, into $recording.
record_build() {
	local source builder recorder

	source=$(python3 tests/linux/source.py "$here")
	recording=$out/build.vigil
	rm -f "$recording"
	mkfifo "$here/go"
	# The build waits for a line in the FIFO, so that all of it is recorded.
	(
		cd "$source"
		exec sh -c 'read -r _ <"$1"; ./configure --quiet && make -j4' build "$here/go"
	) >/dev/null 2>&1 &
	builder=$!
	"$vigil" record --quiet --children-of "$builder" "$recording" &
	recorder=$!
	for _ in $(seq 100); do
		[ ! -s "$recording" ] || break
		sleep 0.1
	done
	sleep 1
	echo >"$here/go"
	wait "$builder"
	sleep 0.5
	kill -INT "$recorder"
	wait "$recorder"
}

# picture NAME PAGE WIDTH HEIGHT light|dark [SCRIPT]
picture() {
	python3 tests/report/screenshot.py "$2" "$out/$1.png" "${@:3}"
	echo "$out/$1.png"
}

# in_terminal NAME COLUMNS LINES COMMAND: the screen, three seconds after the start of COMMAND
in_terminal() {
	local name=$1 columns=$2 lines=$3

	tmux -S "$here/tmux" -f /dev/null new-session -d -x "$columns" -y "$lines" \
		"PATH=$PWD/build/linux:\$PATH; $4; sleep 60"
	sleep 3
	tmux -S "$here/tmux" capture-pane -ep >"$here/$name.txt"
	tmux -S "$here/tmux" kill-server
	# aha's own font size is that of a browser; a line of 18 pixels makes the height predictable.
	aha --black --title "$name" <"$here/$name.txt" |
		sed 's|<pre>|<pre style="font: 14px/18px DejaVu Sans Mono, monospace; margin: 10px">|' \
			>"$here/$name.html"
	picture "$name" "$here/$name.html" $((columns * 843 / 100 + 24)) $((lines * 18 + 20)) light
}

[ -n "$recording" ] || record_build
"$vigil" report "$recording" -o "$here/build.html"
# Three compilers of a make in the middle of the build.
scene='
	const makes = rows.filter((row) => nameOf(row) === "make");
	const make = makes.sort((a, b) => P.d[b] - P.d[a])[0];
	searchFor("cc1");
	select(rows.filter((row) => row > make && nameOf(row) === "cc1")[2]);
	scroller.scrollTop = (placeOf(make) - 1) * ROW;
	setView(P.t[make] + P.d[make] * 0.12, P.t[make] + P.d[make] * 0.5);
	document.scrollingElement.scrollTop = 0;'
for color in light dark; do
	for size in 1280x1000 400x1400; do
		picture "report-$color-${size%x*}" "$here/build.html" "${size%x*}" "${size#*x}" "$color" \
			"$scene"
	done
done
cp "$out/report-light-1280.png" docs/report.png

in_terminal trace 80 24 'clear; vigil trace -- sh tools/sample-job.sh'
in_terminal watch 80 24 "clear; vigil watch --color always --children-of \$\$ & sleep 1; ls / >/dev/null; sh tools/sample-job.sh >/dev/null"
in_terminal tree 100 30 "clear; vigil tree '$recording'"
in_terminal top 100 24 "(for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sh tools/sample-job.sh; done) >/dev/null 2>&1 & vigil top"
