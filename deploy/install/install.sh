#!/bin/sh
# SPDX-License-Identifier: MIT
# install.sh - installs or upgrades Vigil on many machines through ssh.
#
#	install.sh PACKAGE.deb|PACKAGE.rpm SETTINGS HOSTS [JOBS]
#
# PACKAGE: of vigil, for the system of the machines; several are separated by commas. SETTINGS: becomes
# /etc/vigil/vigil.conf. HOSTS: a file with one destination of ssh a line; blank lines and lines that begin
# with # are skipped. JOBS: machines at the same time (8). The user on the machines is root or may use sudo
# without a password. SSH (ssh) may contain options: SSH="ssh -i key".
#
# It can be repeated: a machine that has this package and these settings is left as it is, and its service is
# not restarted. Prints a line for each machine. Exit status 1: it failed on at least one.
set -u
[ $# -ge 3 ] || {
	sed -n 's/^#	\(install.sh.*\)/usage: \1/p' "$0" >&2
	exit 2
}
packages=$(echo "$1" | tr , ' ') settings=$2 hosts=$3 jobs=${4:-8}
SSH=${SSH:-ssh -o BatchMode=yes -o ConnectTimeout=10}
for file in $packages "$settings" "$hosts"; do
	[ -r "$file" ] || {
		echo "cannot read $file" >&2
		exit 2
	}
done

# What runs on a machine, as root, in a folder with the packages and the settings.
on_machine() {
	cat <<-'END'
	set -eu
	sum=$(cat "$@" | sha256sum | cut -d' ' -f1)
	[ "$(cat /var/lib/vigil/installed 2>/dev/null)" != "$sum" ] ||
		! cmp -s settings /etc/vigil/vigil.conf || { echo "as it was"; exit 0; }
	case $1 in
	*.deb) DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install -y \
		$(printf './%s ' "$@") >log 2>&1 ;;
	*.rpm) { command -v dnf >/dev/null && dnf -q -y install $(printf './%s ' "$@") ||
		zypper -q -n install --allow-unsigned-rpm $(printf './%s ' "$@"); } >log 2>&1 ;;
	esac || { tail -n 3 log; exit 1; }
	! vigil run --help | grep -q -e --check || vigil run --check --config ./settings >log 2>&1 ||
		{ tail -n 3 log; exit 1; }
	install -D -m 0644 settings /etc/vigil/vigil.conf
	vigil service install >log 2>&1 || { tail -n 3 log; exit 1; }
	systemctl restart vigil
	systemctl is-active --quiet vigil || { echo "vigil.service does not run"; exit 1; }
	mkdir -p /var/lib/vigil
	echo "$sum" >/var/lib/vigil/installed
	vigil --version
	END
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/sent"
# shellcheck disable=SC2086 # names of packages, separated by blanks
cp $packages "$work/sent/"
cp "$settings" "$work/sent/settings"
on_machine >"$work/sent/steps"
tar -C "$work/sent" -cf "$work/all.tar" .
# shellcheck disable=SC2086
names=$(for file in $packages; do basename "$file"; done | tr '\n' ' ')

# Sends everything through one connection, and prints the machine's name with what happened.
install_on() {
	# shellcheck disable=SC2086 # SSH is a command with options
	if said=$($SSH "$1" "d=\$(mktemp -d) && cd \$d && tar -xf - && \
		if [ \$(id -u) = 0 ]; then sh ./steps $names; else sudo -n sh ./steps $names; fi; \
		s=\$?; cd /; rm -rf \$d; exit \$s" <"$work/all.tar" 2>&1); then
		echo "ok $1: $said"
	else
		echo "not ok $1: $(echo "$said" | tail -n 1)"
		echo "$1" >>"$work/failed"
	fi
}

running=0
while read -r host <&3; do
	case $host in '' | '#'*) continue ;; esac
	install_on "$host" &
	running=$((running + 1))
	[ $((running % jobs)) -ne 0 ] || wait
done 3<"$hosts"
wait
[ ! -e "$work/failed" ]
