# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts share their variables
#
# Words, numbers and commands that every part uses.  Sourced by conode, which
# sets `root`, and by node/module-build.

cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/conode

# Our own words go to standard error: standard output is the program's.
say()
{
	printf 'conode: %s\n' "$*" >&2
}

# note WORD... - only when somebody watches or -v asks for it
note()
{
	if [[ -t 2 ]] || ((option_verbose)); then
		say "$@"
	fi
}

die()
{
	say "$@"
	exit 125
}

usage()
{
	say "$@"
	say "conode ${verb:+$verb }--help tells what there is"
	exit 2
}

# run COMMAND... - shows it under -v, shows it only under --dry-run
run()
{
	if ((option_dry_run)); then
		printf '%s\n' "$(quoted "$@")"
		return
	fi
	((!option_verbose)) || printf '+ %s\n' "$(quoted "$@")" >&2
	"$@"
}

# quoted WORD... - as one would type it
quoted()
{
	local word line=

	for word; do
		[[ -n $word && $word != *[!a-zA-Z0-9@%+=:,./_-]* ]] ||
			word="'${word//\'/\'\\\'\'}'"
		line+=${line:+ }$word
	done
	printf '%s' "$line"
}

# mebibytes OPTION SIZE - a size such as 2G, 512M or 2147483648 in MiB
mebibytes()
{
	local number=${2%[kKmMgG]}

	[[ $number =~ ^[1-9][0-9]{0,14}$ ]] ||
		usage "$1: '$2' is no size; write for example 512M or 2G"
	case $2 in
	*[gG]) echo $((number * 1024)) ;;
	*[mM]) echo "$number" ;;
	*[kK])
		((number % 1024 == 0)) || usage "$1: $2 is not a whole number of MiB"
		echo $((number / 1024))
		;;
	*)
		((number % 1048576 == 0)) || usage "$1: $2 is not a whole number of MiB"
		echo $((number / 1048576))
		;;
	esac
}

# lock NAME, unlock - one builder at a time; a lock ends with its process
lock()
{
	((!option_dry_run)) || return 0
	mkdir -p "$root/build" 2>/dev/null ||
		die "cannot write to $root/build; the node's programs are built there"
	exec {lock_fd}>"$root/build/.lock-$1" ||
		die "cannot write to $root/build; the node's programs are built there"
	if ! flock --nonblock "$lock_fd"; then
		note "waiting for another conode that is building"
		flock "$lock_fd"
	fi
}

unlock()
{
	((option_dry_run)) || exec {lock_fd}>&-
}
