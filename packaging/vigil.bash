# SPDX-License-Identifier: MIT
# Completion of `vigil` for bash. shellcheck shell=bash

# begin made by tools/manual.sh
_vigil_commands='watch trace record replay query tree report stats export top doctor rules detect run service fields'

# The options of command $1.
_vigil_options() {
	case $1 in
	watch) echo '--help --type --pid --children-of --user --image --command --container --exclude --exclude-file --redact --redact-names --redact-key --detect --alerts-only --exceptions --min-level --include-rule --exclude-rule --placeholders --format --compact --fields --omit --output --append --color --utc --width --trust-path --ancestors --quiet --count --duration --snapshot --buffer-size --latency --low-latency --rules --hash --container-info --version-info --signature --env' ;;
	trace) echo '--help --format --compact --fields --omit --output --append --color --utc --width --trust-path --ancestors --env --redact --redact-names --redact-key --type --quiet --no-tree --detect --alerts-only --exceptions --min-level --include-rule --exclude-rule --placeholders --wait --user --buffer-size --latency --low-latency' ;;
	record) echo '--help --trust-path --max-size --max-age --no-index --type --pid --children-of --user --image --command --container --exclude --exclude-file --redact --redact-names --redact-key --detect --alerts-only --exceptions --min-level --include-rule --exclude-rule --placeholders --count --duration --buffer-size --latency --low-latency --quiet --env' ;;
	replay) echo '--help --type --pid --children-of --user --image --command --container --exclude --exclude-file --redact --redact-names --redact-key --snapshot --detect --alerts-only --exceptions --min-level --include-rule --exclude-rule --placeholders --format --compact --fields --omit --output --append --color --utc --width --trust-path --ancestors --count --strict --quiet --speed' ;;
	query) echo '--help --trust-path --format --exact --schema' ;;
	tree) echo '--help --live --depth --kernel --type --pid --children-of --user --image --command --container --exclude --exclude-file --redact --redact-names --redact-key --color --utc --width --trust-path --output --count --duration --strict --buffer-size --latency --low-latency' ;;
	report) echo '--help --trust-path --output --live --type --pid --children-of --user --image --command --container --exclude --exclude-file --redact --redact-names --redact-key --count --duration --strict --buffer-size --latency --low-latency' ;;
	stats) echo '--help --duration --exclude --exclude-file --redact --redact-names --redact-key --buffer-size --latency --low-latency --json --service --status' ;;
	export) echo '--help --trust-path --perfetto --output --live --type --pid --children-of --user --image --command --container --exclude --exclude-file --redact --redact-names --redact-key --count --duration --strict --buffer-size --latency --low-latency' ;;
	top) echo '--help --color --utc --width --redact --redact-names --redact-key --buffer-size --latency --low-latency --sort --interval --count' ;;
	doctor) echo '--help --json --color' ;;
	rules) echo '--help --rules --comment --user --parent --ancestor' ;;
	detect) echo '--help --exceptions --min-level --include-rule --exclude-rule --placeholders --live --all --json --cased --misses --hash --container-info --version-info --signature --trust-path' ;;
	run) echo '--help --trust-path --output --max-size --keep --format --utc --record --record-max-size --record-max-age --compact --fields --omit --type --pid --children-of --user --image --command --container --exclude --exclude-file --redact --redact-names --redact-key --detect --alerts-only --exceptions --min-level --include-rule --exclude-rule --placeholders --snapshot --buffer-size --latency --low-latency --rules --hash --container-info --version-info --signature --env --ancestors --spool --status --metrics --config --check' ;;
	service) echo '--help --rules --network --purge' ;;
	fields) echo '--help --format' ;;
	esac
}

# The operands of command $1.
_vigil_operands() {
	case $1 in
	record) echo '{FILE}' ;;
	replay) echo '{FILE}' ;;
	query) echo '{FILE}' ;;
	tree) echo '{FILE}' ;;
	report) echo '{FILE}' ;;
	export) echo '{FILE}' ;;
	rules) echo 'add remove list test load clear' ;;
	detect) echo 'check test stats block' ;;
	service) echo 'install uninstall start stop status' ;;
	esac
}

# The values of option $2 of command $1.
_vigil_values() {
	case $1.$2 in
	watch.--type | watch.-t) echo 'create exec exit thread-create thread-exit image driver remote-thread access denied lost existing existing-thread snapshot-end status credentials exec-failed alert process thread all' ;;
	watch.--pid | watch.-p) echo '{PID}' ;;
	watch.--children-of) echo '{PID}' ;;
	watch.--user | watch.-u) echo '{USER}' ;;
	watch.--image | watch.-i) echo '' ;;
	watch.--command | watch.-c) echo '' ;;
	watch.--container) echo '' ;;
	watch.--exclude) echo '' ;;
	watch.--exclude-file) echo '{FILE}' ;;
	watch.--redact) echo 'off on hash' ;;
	watch.--redact-names) echo '{FILE}' ;;
	watch.--redact-key) echo '{FILE}' ;;
	watch.--detect) echo '{FILE}' ;;
	watch.--exceptions) echo '{FILE}' ;;
	watch.--min-level) echo 'informational low medium high critical' ;;
	watch.--include-rule) echo '' ;;
	watch.--exclude-rule) echo '' ;;
	watch.--placeholders) echo '' ;;
	watch.--format | watch.-f) echo 'text table json sysmon-xml' ;;
	watch.--fields) echo '' ;;
	watch.--omit) echo '' ;;
	watch.--output | watch.-o) echo '{FILE}' ;;
	watch.--color) echo 'auto always never' ;;
	watch.--width) echo '' ;;
	watch.--ancestors) echo '' ;;
	watch.--count | watch.-n) echo '' ;;
	watch.--duration | watch.-d) echo '' ;;
	watch.--buffer-size) echo '' ;;
	watch.--latency) echo '' ;;
	watch.--rules) echo '{FILE}' ;;
	watch.--env) echo '' ;;
	trace.--format | trace.-f) echo 'text table json sysmon-xml' ;;
	trace.--fields) echo '' ;;
	trace.--omit) echo '' ;;
	trace.--output | trace.-o) echo '{FILE}' ;;
	trace.--color) echo 'auto always never' ;;
	trace.--width) echo '' ;;
	trace.--ancestors) echo '' ;;
	trace.--env) echo '' ;;
	trace.--redact) echo 'off on hash' ;;
	trace.--redact-names) echo '{FILE}' ;;
	trace.--redact-key) echo '{FILE}' ;;
	trace.--type | trace.-t) echo 'create exec exit thread-create thread-exit image driver remote-thread access denied lost existing existing-thread snapshot-end status credentials exec-failed alert process thread all' ;;
	trace.--detect) echo '{FILE}' ;;
	trace.--exceptions) echo '{FILE}' ;;
	trace.--min-level) echo 'informational low medium high critical' ;;
	trace.--include-rule) echo '' ;;
	trace.--exclude-rule) echo '' ;;
	trace.--placeholders) echo '' ;;
	trace.--wait | trace.-w) echo 'forever' ;;
	trace.--user | trace.-u) echo '{USER}' ;;
	trace.--buffer-size) echo '' ;;
	trace.--latency) echo '' ;;
	record.--max-size) echo '' ;;
	record.--max-age) echo '' ;;
	record.--type | record.-t) echo 'create exec exit thread-create thread-exit image driver remote-thread access denied lost existing existing-thread snapshot-end status credentials exec-failed alert process thread all' ;;
	record.--pid | record.-p) echo '{PID}' ;;
	record.--children-of) echo '{PID}' ;;
	record.--user | record.-u) echo '{USER}' ;;
	record.--image | record.-i) echo '' ;;
	record.--command | record.-c) echo '' ;;
	record.--container) echo '' ;;
	record.--exclude) echo '' ;;
	record.--exclude-file) echo '{FILE}' ;;
	record.--redact) echo 'off on hash' ;;
	record.--redact-names) echo '{FILE}' ;;
	record.--redact-key) echo '{FILE}' ;;
	record.--detect) echo '{FILE}' ;;
	record.--exceptions) echo '{FILE}' ;;
	record.--min-level) echo 'informational low medium high critical' ;;
	record.--include-rule) echo '' ;;
	record.--exclude-rule) echo '' ;;
	record.--placeholders) echo '' ;;
	record.--count | record.-n) echo '' ;;
	record.--duration | record.-d) echo '' ;;
	record.--buffer-size) echo '' ;;
	record.--latency) echo '' ;;
	record.--env) echo '' ;;
	replay.--type | replay.-t) echo 'create exec exit thread-create thread-exit image driver remote-thread access denied lost existing existing-thread snapshot-end status credentials exec-failed alert process thread all' ;;
	replay.--pid | replay.-p) echo '{PID}' ;;
	replay.--children-of) echo '{PID}' ;;
	replay.--user | replay.-u) echo '{USER}' ;;
	replay.--image | replay.-i) echo '' ;;
	replay.--command | replay.-c) echo '' ;;
	replay.--container) echo '' ;;
	replay.--exclude) echo '' ;;
	replay.--exclude-file) echo '{FILE}' ;;
	replay.--redact) echo 'off on hash' ;;
	replay.--redact-names) echo '{FILE}' ;;
	replay.--redact-key) echo '{FILE}' ;;
	replay.--detect) echo '{FILE}' ;;
	replay.--exceptions) echo '{FILE}' ;;
	replay.--min-level) echo 'informational low medium high critical' ;;
	replay.--include-rule) echo '' ;;
	replay.--exclude-rule) echo '' ;;
	replay.--placeholders) echo '' ;;
	replay.--format | replay.-f) echo 'text table json sysmon-xml' ;;
	replay.--fields) echo '' ;;
	replay.--omit) echo '' ;;
	replay.--output | replay.-o) echo '{FILE}' ;;
	replay.--color) echo 'auto always never' ;;
	replay.--width) echo '' ;;
	replay.--ancestors) echo '' ;;
	replay.--count | replay.-n) echo '' ;;
	replay.--speed) echo 'max' ;;
	query.--format | query.-f) echo 'table csv json' ;;
	tree.--depth) echo '' ;;
	tree.--type | tree.-t) echo 'create exec exit thread-create thread-exit image driver remote-thread access denied lost existing existing-thread snapshot-end status credentials exec-failed alert process thread all' ;;
	tree.--pid | tree.-p) echo '{PID}' ;;
	tree.--children-of) echo '{PID}' ;;
	tree.--user | tree.-u) echo '{USER}' ;;
	tree.--image | tree.-i) echo '' ;;
	tree.--command | tree.-c) echo '' ;;
	tree.--container) echo '' ;;
	tree.--exclude) echo '' ;;
	tree.--exclude-file) echo '{FILE}' ;;
	tree.--redact) echo 'off on hash' ;;
	tree.--redact-names) echo '{FILE}' ;;
	tree.--redact-key) echo '{FILE}' ;;
	tree.--color) echo 'auto always never' ;;
	tree.--width) echo '' ;;
	tree.--output | tree.-o) echo '{FILE}' ;;
	tree.--count | tree.-n) echo '' ;;
	tree.--duration | tree.-d) echo '' ;;
	tree.--buffer-size) echo '' ;;
	tree.--latency) echo '' ;;
	report.--output | report.-o) echo '{FILE}' ;;
	report.--type | report.-t) echo 'create exec exit thread-create thread-exit image driver remote-thread access denied lost existing existing-thread snapshot-end status credentials exec-failed alert process thread all' ;;
	report.--pid | report.-p) echo '{PID}' ;;
	report.--children-of) echo '{PID}' ;;
	report.--user | report.-u) echo '{USER}' ;;
	report.--image | report.-i) echo '' ;;
	report.--command | report.-c) echo '' ;;
	report.--container) echo '' ;;
	report.--exclude) echo '' ;;
	report.--exclude-file) echo '{FILE}' ;;
	report.--redact) echo 'off on hash' ;;
	report.--redact-names) echo '{FILE}' ;;
	report.--redact-key) echo '{FILE}' ;;
	report.--count | report.-n) echo '' ;;
	report.--duration | report.-d) echo '' ;;
	report.--buffer-size) echo '' ;;
	report.--latency) echo '' ;;
	stats.--duration | stats.-d) echo '' ;;
	stats.--exclude) echo '' ;;
	stats.--exclude-file) echo '{FILE}' ;;
	stats.--redact) echo 'off on hash' ;;
	stats.--redact-names) echo '{FILE}' ;;
	stats.--redact-key) echo '{FILE}' ;;
	stats.--buffer-size) echo '' ;;
	stats.--latency) echo '' ;;
	stats.--status) echo '{FILE}' ;;
	export.--output | export.-o) echo '{FILE}' ;;
	export.--type | export.-t) echo 'create exec exit thread-create thread-exit image driver remote-thread access denied lost existing existing-thread snapshot-end status credentials exec-failed alert process thread all' ;;
	export.--pid | export.-p) echo '{PID}' ;;
	export.--children-of) echo '{PID}' ;;
	export.--user | export.-u) echo '{USER}' ;;
	export.--image | export.-i) echo '' ;;
	export.--command | export.-c) echo '' ;;
	export.--container) echo '' ;;
	export.--exclude) echo '' ;;
	export.--exclude-file) echo '{FILE}' ;;
	export.--redact) echo 'off on hash' ;;
	export.--redact-names) echo '{FILE}' ;;
	export.--redact-key) echo '{FILE}' ;;
	export.--count | export.-n) echo '' ;;
	export.--duration | export.-d) echo '' ;;
	export.--buffer-size) echo '' ;;
	export.--latency) echo '' ;;
	top.--color) echo 'auto always never' ;;
	top.--width) echo '' ;;
	top.--redact) echo 'off on hash' ;;
	top.--redact-names) echo '{FILE}' ;;
	top.--redact-key) echo '{FILE}' ;;
	top.--buffer-size) echo '' ;;
	top.--latency) echo '' ;;
	top.--sort | top.-s) echo 'rate starts running failed lifetime longest cpu' ;;
	top.--interval | top.-i) echo '' ;;
	top.--count | top.-n) echo '' ;;
	doctor.--color) echo 'auto always never' ;;
	rules.--rules) echo '{FILE}' ;;
	rules.--comment) echo '' ;;
	rules.--user | rules.-u) echo '{USER}' ;;
	rules.--parent) echo '{FILE}' ;;
	rules.--ancestor) echo '{FILE}' ;;
	detect.--exceptions) echo '{FILE}' ;;
	detect.--min-level) echo 'informational low medium high critical' ;;
	detect.--include-rule) echo '' ;;
	detect.--exclude-rule) echo '' ;;
	detect.--placeholders) echo '' ;;
	detect.--misses) echo '' ;;
	run.--output | run.-o) echo '{FILE}' ;;
	run.--max-size) echo '' ;;
	run.--keep) echo '' ;;
	run.--format | run.-f) echo 'text table json sysmon-xml' ;;
	run.--record) echo '{FILE}' ;;
	run.--record-max-size) echo '' ;;
	run.--record-max-age) echo '' ;;
	run.--fields) echo '' ;;
	run.--omit) echo '' ;;
	run.--type | run.-t) echo 'create exec exit thread-create thread-exit image driver remote-thread access denied lost existing existing-thread snapshot-end status credentials exec-failed alert process thread all' ;;
	run.--pid | run.-p) echo '{PID}' ;;
	run.--children-of) echo '{PID}' ;;
	run.--user | run.-u) echo '{USER}' ;;
	run.--image | run.-i) echo '' ;;
	run.--command | run.-c) echo '' ;;
	run.--container) echo '' ;;
	run.--exclude) echo '' ;;
	run.--exclude-file) echo '{FILE}' ;;
	run.--redact) echo 'off on hash' ;;
	run.--redact-names) echo '{FILE}' ;;
	run.--redact-key) echo '{FILE}' ;;
	run.--detect) echo '{FILE}' ;;
	run.--exceptions) echo '{FILE}' ;;
	run.--min-level) echo 'informational low medium high critical' ;;
	run.--include-rule) echo '' ;;
	run.--exclude-rule) echo '' ;;
	run.--placeholders) echo '' ;;
	run.--buffer-size) echo '' ;;
	run.--latency) echo '' ;;
	run.--rules) echo '{FILE}' ;;
	run.--env) echo '' ;;
	run.--ancestors) echo '' ;;
	run.--spool) echo '' ;;
	run.--status) echo '{FILE}' ;;
	run.--metrics) echo '' ;;
	run.--config) echo '{FILE}' ;;
	service.--rules) echo '{FILE}' ;;
	fields.--format | fields.-f) echo 'text markdown json clickhouse elasticsearch' ;;
	esac
}
# end made by tools/manual.sh

# Sets COMPREPLY to the words of $1 that begin with $2: words, or {FILE}, {USER}, {PID}.
_vigil_reply() {
	case $1 in
	'{FILE}') mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
	'{USER}') mapfile -t COMPREPLY < <(compgen -u -- "$2") ;;
	'{PID}') mapfile -t COMPREPLY < <(compgen -W "$(cd /proc && echo [0-9]*)" -- "$2") ;;
	*) mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2") ;;
	esac
}

_vigil() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]-} values i

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		_vigil_reply "$_vigil_commands --help --version" "$current"
		return
	fi
	# What follows `trace --` is another command with its own completion.
	for ((i = 2; i < COMP_CWORD; i++)); do
		if [[ $command == trace && ${COMP_WORDS[i]} == -- ]]; then
			if declare -F _command_offset >/dev/null; then
				_command_offset $((i + 1))
			else
				mapfile -t COMPREPLY < <(compgen -c -- "$current")
			fi
			return
		fi
	done
	values=$(_vigil_values "$command" "$previous")
	if [[ -n $values ]]; then
		_vigil_reply "$values" "$current"
	elif [[ $current == -* ]]; then
		_vigil_reply "$(_vigil_options "$command")" "$current"
	else
		_vigil_reply "$(_vigil_operands "$command")" "$current"
	fi
}

complete -F _vigil vigil
