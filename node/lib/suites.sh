# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts share their variables
#
# conode test: runs the suites of node/tests/suites.  Suites for the same kernel
# and node options share a boot; after a suite that spoils its node (time-out,
# crash, kernel complaint) the rest gets a fresh one.

# One entry per suite; the index is the suite's number.
suite_names=()
suite_kernels=()	# host, stock, patched, debug
suite_timeouts=()
suite_options=()	# options of conode for its node
suite_commands=()	# for eval
total_passed=0
total_failed=0
total_skipped=0
failures=''	# what the suites that failed printed, to be repeated at the end

# The debug kernel does everything about this many times slower.
readonly debug_factor=6

# All of `conode test`, builds included, ends within this many seconds.
readonly suites_seconds=${CONODE_TEST_SECONDS:-5000}

# ---- for node/tests/suites ----

# suite_host NAME TIMEOUT COMMAND... - runs on the host
suite_host()
{
	suite_add "$1" host "$2" '' "${@:3}"
}

# suite_node NAME KERNELS TIMEOUT [OPTION...] -- COMMAND... - in a node of each kernel
suite_node()
{
	local name=$1 kernels=$2 timeout=$3 one options=()

	shift 3
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	for one in $kernels; do
		[[ $one == debug ]] && timeout=$((timeout * debug_factor))
		suite_add "$name" "$one" "$timeout" "${options[*]-}" "$@"
	done
}

suite_add()
{
	local pattern wanted=0

	for pattern in ${option_suites[@]+"${option_suites[@]}"}; do
		# shellcheck disable=SC2053 # it is a pattern
		[[ $1 != $pattern ]] || wanted=1
	done
	((wanted || ${#option_suites[@]} == 0)) || return 0
	[[ -z $option_kernel || $2 == host || $2 == "$option_kernel" ]] || return 0
	suite_names+=("$1")
	suite_kernels+=("$2")
	suite_timeouts+=("$3")
	suite_options+=("$4")
	suite_commands+=("$(quoted "${@:5}")")
}

# ---- verdicts ----

# suite_log NUMBER - the suite's output, without .out or .err
suite_log()
{
	echo "$logs/${suite_kernels[$1]}-${suite_names[$1]//\//.}"
}

# tap_count FILE - prints passed, failed, skipped, and whether the plan was kept
tap_count()
{
	awk '
	/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; planned = 1 }
	/^1\.\.0 +# *[Ss][Kk][Ii][Pp]/ { all_skipped = 1 }
	/^ok([ \t]|$)/ {
		if (toupper($0) ~ /# *SKIP/)
			skipped++
		else
			passed++
	}
	/^not ok([ \t]|$)/ {
		if (toupper($0) ~ /# *TODO/)
			skipped++
		else
			failed++
	}
	END {
		seen = passed + failed + skipped
		state = "good"
		if (all_skipped && !seen)
			skipped = 1
		else if (!seen)
			state = "empty"
		else if (!planned || plan != seen)
			state = "short"
		print passed + 0, failed + 0, skipped + 0, state, seen + 0, plan + 0
	}' "$1"
}

# suite_reasons FILE - why tests were skipped, and which failed
suite_reasons()
{
	awk '/^not ok([ \t]|$)/ { if (++bad <= 30) print "    " $0 }
	toupper($0) ~ /^(OK[ \t].*|1\.\.0 *)# *SKIP/ {
		if (++skipped <= 30)
			print "    " $0
	}' "$1"
}

# suite_said LOG - the last that a suite which failed said of it
suite_said()
{
	local file

	for file in "$1.out" "$1.err"; do
		[[ ! -f $file ]] || grep -av '^ok \|^not ok \|^1\.\.' "$file" |
			tail -n 12 | cut -c 1-160 | sed 's/^/    : /'
	done
}

# suite_verdict NUMBER OUTCOME STATUS MILLISECONDS - counts and prints one suite
suite_verdict()
{
	local number=$1 outcome=$2 status=$3 passed failed skipped state seen plan
	local log problem='' words='' text

	log=$(suite_log "$number")
	[[ -f $log.out ]] || : >"$log.out"
	read -r passed failed skipped state seen plan < <(tap_count "$log.out")
	case $outcome in
	exit)
		case $state in
		empty) problem="no tests (status $status)" ;;
		short) problem="$seen of $plan tests, status $status" ;;
		good) ((failed || status == 0 || (passed == 0 && skipped))) ||
			problem="status $status although no test failed" ;;
		esac
		;;
	timeout) problem="time-out after ${suite_timeouts[number]} s" ;;
	crash) problem='the node crashed' ;;
	hang) problem='the node hung' ;;
	splat) problem='the kernel complained' ;;
	noboot) problem='the node did not come up' ;;
	late) problem="not run: the $suites_seconds s for all suites are over" ;;
	*) problem="ended by $outcome" ;;
	esac
	[[ -z $problem ]] || failed=$((failed + 1))
	((!passed)) || words+=", $passed passed"
	((!failed)) || words+=", $failed failed"
	((!skipped)) || words+=", $skipped skipped"
	text=$(
		printf '%-8s %-24s %5d.%d s  %s\n' "${suite_kernels[number]}" \
			"${suite_names[number]}" $(($4 / 1000)) $(($4 % 1000 / 100)) \
			"${words#, }"
		((!failed && !skipped)) || suite_reasons "$log.out"
		[[ -z $problem ]] || printf '    %s\n' "$problem"
		((!failed)) || suite_said "$log"
		[[ ! -f $log.splat ]] || sed -n '1,25s/^/    | /p' "$log.splat"
		((!failed)) || printf '    log: %s.out and .err\n' "${log#"$root"/}"
	)
	printf '%s\n' "$text"
	((!failed)) || failures+=$text$'\n'
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	total_skipped=$((total_skipped + skipped))
}

# ---- running ----

milliseconds()
{
	echo $(($(date +%s%N) / 1000000))
}

# suites_left - seconds that are left for all suites; may be negative
suites_left()
{
	echo $((suites_seconds - SECONDS))
}

suite_run_host()
{
	local number=$1 log start status=0 outcome=exit limit

	log=$(suite_log "$number")
	limit=$(suites_left)
	if ((limit <= 0)); then
		suite_verdict "$number" late 125 0
		return
	fi
	((limit < suite_timeouts[number])) || limit=${suite_timeouts[number]}
	start=$(milliseconds)
	(cd "$root" && eval "exec timeout -k 10 $limit ${suite_commands[number]}") \
		</dev/null >"$log.out" 2>"$log.err" || status=$?
	((status != 124 && status != 137)) || outcome=timeout
	suite_verdict "$number" "$outcome" "$status" $(($(milliseconds) - start))
}

# The options of a group's node, from their defaults on.
group_options()
{
	option_dram='' option_vram='' option_gpus=1 option_cpus=2 option_hmem=0
	option_module=1 option_icount=0 option_kernel_args=() option_qemu_args=()
	option_accel=$accel_wanted
	option_device=$device_wanted option_link_atomics=coherent option_module_args=()
	option_rw=() option_tty=0 option_leaks=0
	while (($#)); do
		case $1 in
		--icount)
			option_icount=1 option_accel=tcg option_cpus=1
			;;
		--*=*) option_set "$(expr "$1" : '--\([^=]*\)')" "${1#*=}" ;;
		*) option_set "${1#--}" ;;
		esac
		shift
	done
}

# group_prepare KERNEL OPTIONS - as prepare does for one node
group_prepare()
{
	kernel=$1
	# shellcheck disable=SC2086 # they are words
	group_options $2
	kernel_find "$kernel" || return
	layout
	lock node
	module_make "$kernel"
	initramfs_make
	unlock
	device_make
	accel_choose
}

group_plan()
{
	local number words

	plan_begin
	for number; do
		eval "words=(${suite_commands[number]})"
		plan_job "$number" "${suite_timeouts[number]}" "${words[@]}"
		plan_line stdin=null "stdout=$(suite_log "$number").out" \
			"stderr=$(suite_log "$number").err"
		[[ ${suite_names[number]} != *kmemleak ]] || plan_line leaks=1
	done
}

# group_bound SECONDS COMMAND... - kills the supervisor, and with it the node, when
# the time for all suites is over.  It has to be a child of this shell, so
# timeout(1) will not do.
group_bound()
{
	local limit=$1 supervisor watchdog

	shift
	"$@" &
	supervisor=$!
	(
		sleep "$limit" &
		trap 'kill $!' TERM
		wait $! && kill -KILL "$supervisor"
	) &
	watchdog=$!
	wait "$supervisor" || true
	kill -TERM "$watchdog" 2>/dev/null || true
	wait "$watchdog" 2>/dev/null || true
}

# group_boot NUMBER... - one boot; sets `rest` to the suites it did not get to
group_boot()
{
	local results=$logs/results number outcome status time limit problem

	limit=$(suites_left)
	if ((limit <= 0)); then
		for number; do
			suite_verdict "$number" late 125 0
		done
		rest=()
		return
	fi
	boots=$((boots + 1))
	rm -f "$results" "$results".*.splat
	run_directory_make
	(cd "$root" && group_plan "$@") >"$run_directory/plan"
	supervisor_args=(--die-with $$ --results "$results"
		--log "$logs/$kernel-boot$boots.console.log")
	device_log=$logs/$kernel-boot$boots.gpu
	node_command
	group_bound "$limit" "${node_command[@]}" </dev/null >/dev/null \
		2>>"$logs/$kernel-supervise.log"
	rest=("$@")
	if [[ ! -f $results ]]; then
		echo "boot crash 125 0" >"$results"
	fi
	while read -r number outcome status time; do
		if [[ $number == boot ]]; then
			group_lost "$results.boot.splat" "${rest[@]}"
			rest=()
			return
		fi
		if [[ $number == end ]]; then
			problem=$(printf '%-8s %-24s %9s  1 failed\n    the node: %s' \
				"$kernel" 'end of the node' '' "$outcome")
			printf '%s\n' "$problem"
			failures+=$problem$'\n'
			total_failed=$((total_failed + 1))
			continue
		fi
		[[ ! -f $results.$number.splat ]] ||
			mv "$results.$number.splat" "$(suite_log "$number").splat"
		suite_verdict "$number" "$outcome" "$status" "$time"
		rest=("${rest[@]:1}")
	done <"$results"
}

# group_lost SPLAT NUMBER... - a node that does not come up fails all its suites
group_lost()
{
	local number splat=$1

	shift
	tail -n 20 "$logs/$kernel-supervise.log" | sed 's/^/    /'
	for number; do
		[[ ! -f $splat ]] || cp "$splat" "$(suite_log "$number").splat"
		suite_verdict "$number" noboot 125 0
	done
}

# group_run KERNEL OPTIONS - all suites of one kernel with the same options
group_run()
{
	local number rest=()

	for number in "${!suite_names[@]}"; do
		[[ ${suite_kernels[number]} != "$1" || ${suite_options[number]} != "$2" ]] ||
			rest+=("$number")
	done
	if ! group_prepare "$1" "$2"; then
		for number in "${rest[@]}"; do
			suite_verdict "$number" noboot 125 0
		done
		return
	fi
	while ((${#rest[@]})); do
		group_boot "${rest[@]}"
	done
}

suites_run()
{
	local number group
	declare -A finished=()

	for number in "${!suite_names[@]}"; do
		group="${suite_kernels[number]} ${suite_options[number]}"
		if [[ ${suite_kernels[number]} == host ]]; then
			suite_run_host "$number"
		elif [[ -z ${finished[$group]-} ]]; then
			finished[$group]=1
			group_run "${suite_kernels[number]}" "${suite_options[number]}"
		fi
	done
}

suites_list()
{
	local number

	for number in "${!suite_names[@]}"; do
		printf '%-8s %-24s %5d s  %s%s\n' "${suite_kernels[number]}" \
			"${suite_names[number]}" "${suite_timeouts[number]}" \
			"${suite_options[number]:+(${suite_options[number]}) }" \
			"${suite_commands[number]}"
	done
}

# What the suites need, built before the table is read: it looks at what is there.
suites_prepare()
{
	local one

	packages_need "${packages_node[@]}" "${packages_thunk[@]}" "${packages_kernel[@]}" \
		"${packages_tests[@]}" "${packages_rocm[@]}"
	for one in stock patched debug; do
		[[ -n $option_kernel && $option_kernel != "$one" ]] || kernel_make "$one"
	done
	lock node
	build_tools
	unlock
	run_directory_sweep
	for one in thunk-tests demo bench mm-patches hip-samples hsa-samples; do
		[[ ! -f $root/$one/Makefile ]] || build_program "$one"
	done
}

suites_main()
{
	local logs=$root/build/logs/test boots=0 start
	local accel_wanted=$option_accel device_wanted=$option_device

	trap 'exit 130' INT
	trap 'exit 143' TERM
	option_suites+=(${words[@]+"${words[@]}"})
	start=$(milliseconds)
	if ((!option_list)); then
		suites_prepare
	fi
	# shellcheck source=node/tests/suites
	. "$root/node/tests/suites"
	if ((option_list || option_dry_run)); then
		suites_list
		return
	fi
	rm -rf "$logs"
	mkdir -p "$logs"
	suites_run
	((${#suite_names[@]})) || {
		say "there is no suite ${option_suites[*]-}"
		total_failed=1
	}
	# The end of a long output is what people see first, and CI keeps.
	[[ -z $failures ]] || printf '\nwhat failed:\n%s\n' "$failures"
	printf 'logs: %s; %d boots, %d s\n' "${logs#"$root"/}" "$boots" \
		$((($(milliseconds) - start) / 1000))
	printf '%d passed, %d failed, %d skipped\n' \
		"$total_passed" "$total_failed" "$total_skipped"
	((total_failed == 0 && total_passed > 0))
}
