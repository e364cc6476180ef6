# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# How a kernel tree gets the node's configuration.  To be sourced after
# common.bash.

# configs FLAVOUR - the fragments it is made of
configs()
{
	echo "$kernel_dir/base.config"
	if [[ $1 == debug ]]; then
		echo "$kernel_dir/debug.config"
	fi
}

# check_config FILE FRAGMENT... - olddefconfig drops silently what cannot be
check_config()
{
	local file=$1

	shift
	awk -v config="$file" '
	/^CONFIG_[A-Z0-9a-z_]+=/ {
		name = substr($0, 1, index($0, "=") - 1)
		value = substr($0, index($0, "=") + 1)
	}
	/^# CONFIG_[A-Z0-9a-z_]+ is not set$/ { name = $2; value = "n" }
	name == "" { next }
	FILENAME == config { have[name] = value }
	FILENAME != config { want[name] = value }
	{ name = "" }
	END {
		for (name in want) {
			got = name in have ? have[name] : "n"
			if (got == want[name])
				continue
			print name " is " got ", wanted " want[name]
			bad = 1
		}
		exit bad
	}' "$file" "$@" >&2 ||
		die "the configuration is not what it has to be by ${*##*/}"
}

# configure TREE FLAVOUR
configure()
{
	local fragments

	mapfile -t fragments < <(configs "$2")
	make -C "$1" tinyconfig >/dev/null
	{
		cat "${fragments[@]}"
		echo "CONFIG_LOCALVERSION=\"-conode-$2\""
	} >>"$1/.config"
	make -C "$1" olddefconfig >/dev/null 2>&1
	check_config "$1/.config" "${fragments[@]}"
}
