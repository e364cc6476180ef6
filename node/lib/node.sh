# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts share their variables
#
# One node: its command line, its plan, its run directory.

# Variables of the caller that programs in the node get, besides --env.
environment_names='HOME USER LOGNAME PATH SHELL TERM COLORTERM NO_COLOR LANG LANGUAGE TZ LD_LIBRARY_PATH'
environment_prefixes='LC_ HSA_ HIP_ ROCR_ ROC_ ROCM_ AMD_ GPU_ HSAKMT_ OMP_'

# TCG runs `rep stosb` byte by byte: without these two features the kernel clears
# pages by words, an eighth of the work.
readonly tcg_cpu=max,-erms,-fsrm

# prepare [thunk] - all that a node needs, so that node_exec can start it
prepare()
{
	local packages=("${packages_node[@]}")

	case ${1-} in
	thunk) packages+=("${packages_thunk[@]}") ;;
	esac
	kernel_choose
	layout
	packages_need "${packages[@]}"
	lock node
	build_tools
	kernel_make "$kernel"
	module_make "$kernel"
	initramfs_make
	unlock
	device_make
	run_directory_sweep
	accel_choose
}

# ---- run directories: build/run/PID-STARTTIME[-N] ----

# start_time PID - when the process began, in ticks since boot: with the pid
# it names a process for good
start_time()
{
	local stat fields

	stat=$(<"/proc/$1/stat") || return 1
	# The name in parentheses may hold anything, spaces too.
	read -ra fields <<<"${stat##*) }"
	echo "${fields[19]}"
} 2>/dev/null

run_directory_make()
{
	local n=0 base

	base=$root/build/run/$$-$(start_time $$)
	mkdir -p "$root/build/run"
	until mkdir "$base-$n" 2>/dev/null; do
		((++n < 10000)) || die "cannot make $base-$n"
	done
	run_directory=$base-$n
}

# What a launcher left that was killed the hard way.
run_directory_sweep()
{
	local directory name pid

	((!option_dry_run)) || return 0
	for directory in "$root"/build/run/*-*/; do
		[[ -d $directory ]] || continue
		name=$(basename "$directory")
		pid=${name%%-*}
		name=${name#*-}
		[[ $(start_time "$pid") == "${name%%-*}" ]] || rm -rf -- "$directory"
	done
}

# ---- the plan: what the node does, as strings that end with NUL ----

plan_line()
{
	printf '%s\0' "$@"
}

plan_environment()
{
	local name prefix

	for name in $environment_names; do
		[[ ! -v $name ]] || plan_line "env=$name=${!name}"
	done
	for prefix in $environment_prefixes; do
		while read -r name; do
			plan_line "env=$name=${!name}"
		done < <(compgen -e "$prefix" || true)
	done
	for name in ${option_env[@]+"${option_env[@]}"}; do
		if [[ $name == *=* ]]; then
			plan_line "env=$name"
		elif [[ -v $name ]]; then
			plan_line "env=$name=${!name}"
		fi
	done
}

# spm_parameter - the module's spm= for this layout
spm_parameter()
{
	local IFS=,

	echo "${spm_bases[*]}"
}

# module_parameters - the module's, for this device
module_parameters()
{
	local line=("hw=$option_device")

	# The device says itself where its memory is.
	[[ $option_device != loop ]] || line+=("spm=$(spm_parameter)")
	echo "${line[*]}" ${option_module_args[@]+"${option_module_args[@]}"}
}

plan_modules()
{
	local file needs

	[[ -n $module ]] || return 0
	IFS=, read -ra needs < <(modinfo -F depends "$module" 2>/dev/null) || true
	while read -r file; do
		plan_line "insmod=$file"
	done < <(module_files "$KERNEL_MODULES" ${needs[@]+"${needs[@]}"})
	plan_line "insmod=$module $(module_parameters)"
}

# plan_begin - the setup: the same for all jobs of a node
plan_begin()
{
	local i

	plan_line "modules=$KERNEL_MODULES"
	for i in ${option_rw[@]+"${!option_rw[@]}"}; do
		plan_line "share=share$i ${option_rw[i]}"
	done
	plan_environment
	plan_line "env=CONODE_KERNEL=$kernel" "env=CONODE_ROOT=$root" \
		"env=CONODE_MODULE=$module" "env=CONODE_SPM=$(spm_parameter)" \
		"env=CONODE_DEVICE=$option_device" \
		"env=CONODE_LINK_ATOMICS=$option_link_atomics" \
		"env=CONODE_MODULE_ARGS=$(module_parameters)"
	((!option_icount)) || plan_line env=CONODE_ICOUNT=1
	plan_modules
}

# plan_job NAME TIMEOUT WORD...
plan_job()
{
	local word name=$1 timeout=$2

	shift 2
	plan_line "job=$name" "timeout=$timeout" "cwd=$PWD"
	if ((option_tty)); then
		plan_line "tty=$(stty size <&0 2>/dev/null | tr ' ' , || echo 24,80)"
	fi
	((!option_leaks)) || plan_line leaks=1
	for word; do
		plan_line "arg=$word"
	done
}

# ---- the command ----

# clock_words - for the kernel's command line: how fast the time stamp counter runs.
# Without KVM the kernel cannot find out, and would read the time from a device.
clock_words()
{
	local khz

	[[ $accel == tcg ]] && ((!option_icount)) || return 0
	khz=$("$root/build/node/tsc" 2>/dev/null) || return 0
	echo "tsc_early_khz=$khz tsc=reliable"
}

# kernel_line - the kernel's command line
kernel_line()
{
	local line=(console=ttyS0 loglevel=5 panic=-1 oops=panic nokaslr mitigations=off
		numa_balancing=disable watchdog_thresh=60
		rcupdate.rcu_cpu_stall_timeout=120 "${memmap[@]}")

	# Otherwise the kernel makes a dax device of the SPM and claims it.
	((option_hmem)) || line+=(device_hmem.disable=1)
	# It counts to seven mappings of a page; GPUs share the zero page as CPUs do.
	[[ $kernel != debug ]] || line+=(dma_debug=off)
	# shellcheck disable=SC2207 # they are words
	line+=($(clock_words) ${option_kernel_args[@]+"${option_kernel_args[@]}"})
	echo "${line[*]}"
}

# icount_sleep - without a device nobody else has to get time while the CPU idles
icount_sleep()
{
	[[ $option_device == loop ]] && echo off || echo on
}

qemu_accel()
{
	case $accel in
	kvm) accel_args=(-accel kvm -cpu host) ;;
	tcg)
		accel_args=(-accel 'tcg,thread=multi' -cpu "$tcg_cpu")
		# Then the guest's clock counts instructions as nanoseconds.
		((!option_icount)) ||
			accel_args=(-accel tcg -icount "shift=0,sleep=$(icount_sleep)"
				-cpu "$tcg_cpu")
		;;
	esac
}

# qemu_share TAG PATH OPTIONS...
qemu_share()
{
	local path=${2//,/,,}

	share_args+=(
		-fsdev "local,id=$1,path=$path,security_model=none,multidevs=remap$3"
		-device "virtio-9p-pci,fsdev=$1,mount_tag=$1"
	)
}

qemu_shares()
{
	local i

	share_args=()
	qemu_share hostroot / ,readonly=on
	for i in ${option_rw[@]+"${!option_rw[@]}"}; do
		[[ -d ${option_rw[i]} && -w ${option_rw[i]} ]] ||
			die "${option_rw[i]}: not a folder that you may write to"
		qemu_share "share$i" "${option_rw[i]}" ''
	done
}

# The supervisor gives QEMU one end of each port as descriptors 10 to 13.
qemu_ports()
{
	local name fd=10

	port_args=(-device 'virtio-serial-pci,max_ports=8')
	for name in ctl in out err; do
		port_args+=(
			-chardev "socket,id=$name,fd=$fd"
			-device "virtserialport,chardev=$name,name=conode.$name"
		)
		fd=$((fd + 1))
	done
}

# The supervisor gives QEMU one socket for each device, from descriptor 40 on.
qemu_devices()
{
	local i

	device_args=()
	[[ $option_device == simgpu ]] || return 0
	for ((i = 0; i < gpus; i++)); do
		device_args+=(
			-chardev "socket,id=gpu$i,fd=$((40 + i))"
			-device "ivshmem-doorbell,vectors=2,chardev=gpu$i"
		)
	done
}

# device_command - sets `device`: what the supervisor starts for the GPUs
device_command()
{
	local i one

	device=()
	for i in "${memory_parts[@]}"; do
		device+=(--memory "$((i << 20))")
	done
	[[ $option_device == simgpu ]] || return 0
	layout_windows
	for ((i = 0; i < gpus; i++)); do
		device+=(--device "$root/build/gpu/simgpu" --index "$i"
			--vram "$(printf '%s:0x%x' "${spm_bases[i]}" $((vram << 20)))"
			--link-atomics "$option_link_atomics")
		for one in "${windows[@]}"; do
			device+=(--ram "$one")
		done
		device+=(';')
	done
	device+=(--device-log "$device_log")
}

# qemu_command - sets `qemu`
qemu_command()
{
	layout_qemu
	qemu_accel
	qemu_shares
	qemu_ports
	qemu_devices
	qemu=(qemu-system-x86_64 -no-user-config -nodefaults
		-machine "q35,max-ram-below-4g=${low}M,vmport=off,sata=off,usb=off,smbus=off,graphics=off"
		"${accel_args[@]}" "${memory_args[@]}"
		-display none -monitor none -no-reboot
		-serial "file:${run_directory//,/,,}/console.log"
		-kernel "$KERNEL_IMAGE" -initrd "$initramfs" -append "$(kernel_line)"
		"${share_args[@]}" "${port_args[@]}" ${device_args[@]+"${device_args[@]}"}
		${option_qemu_args[@]+"${option_qemu_args[@]}"})
}

boot_timeout()
{
	local seconds=90

	[[ $accel == kvm ]] || seconds=180
	[[ $kernel != debug ]] || seconds=$((seconds * 3))
	echo "${option_boot_timeout:-$seconds}"
}

# node_command - sets `node_command`; supervisor_args has what is special
node_command()
{
	qemu_command
	device_command
	node_command=("$root/build/node/supervise" "${supervisor_args[@]}" "${device[@]}"
		--run "$run_directory" --plan "$run_directory/plan"
		--boot-timeout "$(boot_timeout)")
	((!option_verbose)) || node_command+=(--verbose)
	node_command+=(-- "${qemu[@]}")
}

# node_exec PROGRAM ARGUMENT... - becomes the node's supervisor
node_exec()
{
	supervisor_args=(--log "$root/build/logs/console.log")
	device_log=$root/build/logs/gpu
	if ((option_dry_run)); then
		run_directory=$root/build/run/NEW
		node_command
		run "${node_command[@]}"
		printf '# in the node: %s\n' "$(quoted "$@")"
		return
	fi
	mkdir -p "$root/build/logs"
	run_directory_make
	{
		plan_begin
		plan_job "${1##*/}" "${option_timeout:-0}" "$@"
	} >"$run_directory/plan"
	node_command
	((!option_verbose)) || printf '+ %s\n' "$(quoted "${node_command[@]}")" >&2
	exec "${node_command[@]}"
}
