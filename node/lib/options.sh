# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts share their variables
#
# The command line.

verb=
words=()		# what follows the options: the program, or suites
option_kernel=
option_accel=auto
option_dram=
option_vram=
option_gpus=1
option_cpus=2
option_device=		# options_device
option_link_atomics=coherent
option_timeout=
option_boot_timeout=
option_dry_run=0
option_verbose=0
option_rw=()
option_env=()
option_tty=0
option_hmem=0
option_module=1
option_leaks=0
option_icount=0
option_kernel_args=()
option_module_args=()
option_qemu_args=()
option_cache=0
option_quick=0
option_list=0
option_suites=()

# options that take a value, by name
declare -A options_with_value=(
	[kernel]=1 [accel]=1 [dram]=1 [vram]=1 [gpus]=1 [cpus]=1 [device]=1
	[timeout]=1 [boot-timeout]=1 [env]=1 [rw-dir]=1
	[kernel-arg]=1 [module-arg]=1 [qemu-arg]=1 [suite]=1 [link-atomics]=1
)

# which verbs know an option; the rest is for all that start a node
declare -A options_of_verb=(
	[cache]=clean [quick]=doctor [list]=test [suite]=test
	[rw]='run shell demo bench' [rw-dir]='run shell demo bench'
	[env]='run shell demo bench' [tty]=run [leaks]='run demo'
)

option_one_of()
{
	local name=$1 value=$2 allowed

	shift 2
	for allowed; do
		[[ $value != "$allowed" ]] || return 0
	done
	usage "--$name: '$value' is not one of: $*"
}

option_number()
{
	[[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || usage "--$1: '$2' is not a positive number"
}

option_set()
{
	local name=$1 value=${2-}

	[[ " ${options_of_verb[$name]-$verb} " == *" $verb "* ]] ||
		usage "--$name is not for '$verb' but for: ${options_of_verb[$name]}"
	case $name in
	kernel) option_one_of kernel "$value" stock patched debug ;;
	accel) option_one_of accel "$value" auto kvm tcg ;;
	device) option_one_of device "$value" simgpu loop ;;
	link-atomics) option_one_of link-atomics "$value" coherent none ;;
	module-arg) [[ $value =~ ^[a-z_]+=[^[:space:]]+$ ]] ||
		usage "--module-arg: '$value' is not NAME=VALUE" ;;
	gpus | cpus | timeout | boot-timeout) option_number "$name" "$value" ;;
	dram | vram) mebibytes "--$name" "$value" >/dev/null || exit ;;
	env) [[ $value =~ ^[A-Za-z_][A-Za-z0-9_]*(=|$) ]] ||
		usage "--env: '$value' is neither NAME nor NAME=VALUE" ;;
	esac
	case $name in
	kernel | accel | device | gpus | cpus | timeout | dram | vram)
		printf -v "option_$name" '%s' "$value" ;;
	boot-timeout) option_boot_timeout=$value ;;
	env) option_env+=("$value") ;;
	rw) option_rw+=("$PWD") ;;
	rw-dir) option_rw+=("$value") ;;
	link-atomics) option_link_atomics=$value ;;
	module-arg) option_module_args+=("$value") ;;
	kernel-arg) option_kernel_args+=("$value") ;;
	qemu-arg) option_qemu_args+=("$value") ;;
	suite) option_suites+=("$value") ;;
	tty | hmem | leaks | cache | quick | list | verbose)
		printf -v "option_$name" 1 ;;
	no-module) option_module=0 ;;
	dry-run) option_dry_run=1 ;;
	*) usage "unknown option --$name" ;;
	esac
}

options_verb()
{
	case ${1-} in
	demo | test | run | shell | bench | doctor | clean) verb=$1 ;;
	help | --help | -h)
		verb=${2-}
		help "$verb"
		exit 0
		;;
	--version)
		git -C "$root" describe --always --dirty 2>/dev/null || echo unknown
		exit 0
		;;
	'')
		help '' >&2
		exit 2
		;;
	*) usage "unknown verb '$1'; try demo" ;;
	esac
}

# options_device - the default: a cost of copies can only be counted where the CPU
# makes them
options_device()
{
	[[ -z $option_device ]] || return 0
	option_device=simgpu
	[[ $verb != bench || ${words[0]-} == device || ${words[0]-} == isa ]] || option_device=loop
}

# What stands before the program is ours, everything from there on is not.
options_read()
{
	local name value

	options_verb "$@"
	shift
	while (($#)); do
		case $1 in
		--)
			shift
			break
			;;
		--help | -h)
			help "$verb"
			exit 0
			;;
		-v)
			option_verbose=1
			shift
			;;
		-t)
			option_set tty
			shift
			;;
		--*=*)
			name=${1%%=*}
			name=${name#--}
			value=${1#*=}
			[[ -v options_with_value[$name] ]] || usage "unknown option '$1'"
			option_set "$name" "$value"
			shift
			;;
		--*)
			name=${1#--}
			if [[ -v options_with_value[$name] ]]; then
				(($# > 1)) || usage "--$name needs a value"
				option_set "$name" "$2"
				shift 2
			elif [[ $verb == bench && $name == json ]]; then
				break
			else
				option_set "$name"
				shift
			fi
			;;
		-?*) usage "unknown option '$1'" ;;
		*) break ;;
		esac
	done
	words=("$@")
	options_device
}
