#!/bin/bash
# SPDX-License-Identifier: MIT
# fuzz.sh - runs the fuzz targets, and prints which lines of the parsers they reach.
#
#	tools/fuzz.sh SECONDS [TARGET...]	each target for SECONDS, then their coverage
#	tools/fuzz.sh --coverage [TARGET...]	only the coverage of the inputs found so far
#	tools/fuzz.sh --keep [TARGET...]	adds to tests/fuzz/corpus the small inputs that
#						reach further lines
#
# New inputs are stored in build/asan/tests/fuzz/corpus; an input that causes a failure is
# written to build/asan/tests/fuzz, and the exit status is 1.
set -u
cd "$(dirname "$0")/.." || exit

# Target, and the files of which it must reach 90 % of the lines.
files() {
	cat <<-'END'
	build_id	lib/inspect/build_id.c
	container	lib/process/container.c
	decode		lib/record/decode.c
	filter		lib/filter/filter.c lib/core/wildcard.c
	jsonl		lib/core/json_line.c lib/import/jsonl.c lib/import/jsonl_fields.c lib/import/jsonl_put.c lib/import/jsonl_record.c lib/import/jsonl_value.c
	mounts		lib/os/mounts.c
	perf		lib/sensor/linux/perf_record.c
	recording	lib/recording/reader.c lib/recording/index.c lib/recording/rows.c lib/recording/guard.c
	rules		lib/rules/parse.c lib/rules/check.c lib/rules/set.c lib/rules/pack.c
	settings	cli/common/settings.c
	sigma		lib/detect/doc.c lib/detect/scalar.c lib/detect/info.c lib/detect/item.c lib/detect/modifier.c lib/detect/condition.c lib/detect/detection.c lib/detect/correlation.c lib/detect/text.c lib/detect/encode.c lib/detect/pattern.c lib/detect/atom.c lib/detect/search.c
	sigma_regex	lib/detect/regex.c lib/detect/regex_literal.c
	visible		lib/text/visible.c
	END
}

made=build/asan/tests/fuzz
usage() {
	sed -n 's/^#	\(tools.*\)/usage: \1/p' "$0" >&2
	exit 2
}

# Where the inputs of a target are, of those folders that there are.
inputs() {
	local folder
	for folder in "$made/corpus/$1" "tests/fuzz/corpus/$1" "$2/seeds/$1"; do
		[ ! -d "$folder" ] || echo "$folder"
	done
}

dictionary() {
	[ ! -f "tests/fuzz/dict/$1" ] || echo "-dict=tests/fuzz/dict/$1"
}

run_target() {
	local name=$1 jobs
	jobs=$(mktemp)
	# shellcheck disable=SC2046 # folders without blanks
	"$made/fuzz_$name" -max_total_time="$seconds" -max_len=262144 -timeout=10 \
		-rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$made/" \
		$(dictionary "$name") $(inputs "$name" "$made") >"$jobs" 2>&1
	local status=$?
	awk -v name="$name" '/number_of_executed_units/ { runs = $2 }
		END { printf "%-12s %d runs\n", name, runs }' "$jobs"
	[ $status -eq 0 ] || tail -n 40 "$jobs"
	rm -f "$jobs"
	return $status
}

# Lines of each file that a target reaches with all its inputs.
print_coverage() {
	local name paths program profile=build/coverage/fuzz.profraw
	cmake --preset coverage --log-level=WARNING >/dev/null &&
		cmake --build --preset coverage --target fuzz_targets >/dev/null || return
	printf '%-12s %-28s %s\n' target file 'lines reached'
	files | while read -r name paths; do
		case " $targets " in *" $name "*) ;; *) continue ;; esac
		program=build/coverage/tests/fuzz/fuzz_$name
		rm -f "$profile"
		# shellcheck disable=SC2046 # folders without blanks
		LLVM_PROFILE_FILE=$profile "$program" -runs=0 -max_len=262144 \
			$(inputs "$name" build/coverage/tests/fuzz) >/dev/null 2>&1
		llvm-profdata merge -o "$profile.data" "$profile"
		for path in $paths; do
			llvm-cov export -summary-only -instr-profile "$profile.data" "$program" |
				jq -r --arg name "$name" --arg path "$path" \
				'.data[0].files[] | select(.filename | endswith("/" + $path)) |
				[$name, $path, .summary.lines.percent] | @tsv' |
				awk -F'\t' '{ printf "%-12s %-28s %.1f %%\n", $1, $2, $3 }'
		done
	done
}

# A corpus is small: inputs of more than 4 KiB are not added.
keep_inputs() {
	local name=$1 folder
	folder=$(mktemp -d)
	find "$made/corpus/$name" -type f -size -5k -exec cp {} "$folder" \;
	mkdir -p "tests/fuzz/corpus/$name"
	"$made/fuzz_$name" -merge=1 -max_len=262144 "tests/fuzz/corpus/$name" "$folder" \
		>/dev/null 2>&1
	du -sh --apparent-size "tests/fuzz/corpus/$name"
	rm -r "$folder"
}

action=${1-}
shift
targets=${*:-$(files | cut -f1 | tr '\n' ' ')}
case $action in
--coverage) print_coverage; exit ;;
'' | *[!0-9]*) [ "$action" = --keep ] || usage ;;
esac

cmake --preset asan --log-level=WARNING >/dev/null &&
	cmake --build --preset asan --target fuzz_targets | tail -n 5 || exit
if [ "$action" = --keep ]; then
	for name in $targets; do keep_inputs "$name"; done
	exit
fi
seconds=$action
failed=0
for name in $targets; do
	run_target "$name" || failed=1
done
print_coverage
exit $failed
