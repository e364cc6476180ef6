# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# TAP for the tests that are shell scripts.

tap_number=0
tap_failed=0

# expect NAME COMMAND... - one test, which passes when the command succeeds
expect()
{
	local name=$1

	shift
	tap_number=$((tap_number + 1))
	if "$@"; then
		echo "ok $tap_number - $name"
	else
		# These two have told already.
		[[ $1 == same || $1 == has ]] || echo "# failed: $*"
		echo "not ok $tap_number - $name"
		tap_failed=1
	fi
}

# skip NAME REASON
skip()
{
	tap_number=$((tap_number + 1))
	echo "ok $tap_number - $1 # SKIP $2"
}

# same EXPECTED FOUND - for expect; tells what differs
same()
{
	[[ $1 == "$2" ]] && return
	printf 'expected: %s\nfound:    %s\n' "$1" "$2" | sed 's/^/# /'
	return 1
}

# has TEXT PART
has()
{
	[[ $1 == *"$2"* ]] && return
	printf "expected '%s' in:\n%s\n" "$2" "$1" | sed 's/^/# /'
	return 1
}

# until_true SECONDS COMMAND... - waits for a condition
until_true()
{
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}

# tap_end - the plan, and the script's status
tap_end()
{
	echo "1..$tap_number"
	exit "$tap_failed"
}
