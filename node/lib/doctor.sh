# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts share their variables
#
# conode doctor: one line per thing that a node needs.

doctor_bad=0

# doctor_line good|bad|info WHAT WORD...
doctor_line()
{
	local mark

	case $1 in
	good) mark='ok  ' ;;
	bad)
		mark='NO  '
		doctor_bad=1
		;;
	info) mark='-   ' ;;
	esac
	printf '%s%-10s %s\n' "$mark" "$2" "${*:3}"
}

# doctor_packages LABEL WHAT-FOR NAME...
doctor_packages()
{
	local what=$1 missing

	mapfile -t missing < <(packages_missing "${@:2}")
	if ((${#missing[@]} == 0)); then
		doctor_line good packages "for $what: all installed"
	elif packages_can_install; then
		doctor_line info packages "for $what: ${missing[*]} missing, will be installed"
	else
		doctor_line bad packages \
			"for $what: run: sudo apt-get install ${missing[*]}"
	fi
}

doctor_host()
{
	doctor_line info machine "$(nproc) processors, $(awk '/^MemAvailable:/ {
		printf "%d MiB of memory available", $2 / 1024 }' /proc/meminfo)"
	if (layout) 2>/dev/null; then
		doctor_line good memory "enough for the node that is asked for"
	else
		doctor_line bad memory "$( (layout) 2>&1 | sed 's/^conode: //')"
	fi
	doctor_packages 'the node' "${packages_node[@]}"
	doctor_packages 'the stock kernel' "${packages_stock[@]}"
	doctor_packages 'demo, test, bench' "${packages_thunk[@]}"
	doctor_packages 'building kernels' "${packages_kernel[@]}"
	doctor_packages 'tests on the host' "${packages_tests[@]}"
	doctor_packages 'ROCm programs' "${packages_rocm[@]}"
}

doctor_kernels()
{
	local one

	for one in stock patched debug; do
		if kernel_find "$one"; then
			doctor_line good kernel "$one: Linux $KERNEL_RELEASE"
		elif [[ $one == stock ]]; then
			doctor_line info kernel "stock: not installed; the first run does it"
		else
			doctor_line info kernel "$one: not built; conode run --kernel $one does it"
		fi
	done
}

doctor_accel()
{
	if [[ -z ${initramfs-} ]]; then
		doctor_line info kvm "not tried: there is no kernel to try it with"
		return
	fi
	accel_probe
	if [[ $kvm_works == yes ]]; then
		doctor_line good kvm "proved: $kvm_reason"
	else
		doctor_line info kvm "not usable: $kvm_reason; TCG is used"
	fi
}

# Builds what the boot needs out of what is there already.
doctor_build()
{
	local log=$root/build/logs/doctor.log

	initramfs=
	kernel_choose
	kernel_find "$kernel" || return
	[[ -z $(packages_missing "${packages_node[@]}") ]] || return
	mkdir -p "$root/build/logs"
	lock node
	build_tools
	initramfs_make
	if [[ ! -f $root/kfd/Kbuild ]]; then
		doctor_line info module "there is no kfd/"
		module=
	elif (module_make "$kernel") >/dev/null 2>"$log"; then
		module_make "$kernel"
		doctor_line good module "builds for $kernel"
	else
		doctor_line bad module "does not build for $kernel: see ${log#"$root"/}"
		module=
	fi
	unlock
	doctor_device
}

# The process builds; that it runs, the boot shows.
doctor_device()
{
	local log=$root/build/logs/doctor.log

	if [[ $option_device == loop ]]; then
		doctor_line info device "loop: there is no device process"
	elif (device_make) >/dev/null 2>"$log"; then
		doctor_line good device "$option_device builds"
	else
		doctor_line bad device "$option_device does not build: see ${log#"$root"/};" \
			"--device loop does without"
		option_device=loop
	fi
}

# What the node says of itself, through node/guest/doctor.
doctor_boot()
{
	local log=$root/build/logs/doctor.log kind words start=$SECONDS

	run_directory_sweep
	accel=tcg
	[[ $kvm_works != yes ]] || accel=kvm
	run_directory_make
	{
		plan_begin
		plan_job doctor 60 "$root/node/guest/doctor"
	} >"$run_directory/plan"
	supervisor_args=(--die-with $$ --log "$root/build/logs/doctor.console.log")
	device_log=$root/build/logs/doctor.gpu
	node_command
	if "${node_command[@]}" </dev/null >"$log" 2>"$log.err"; then
		doctor_line good node "boots $kernel in $((SECONDS - start)) s or less"
	else
		doctor_line bad node "does not come up:"
		sed 's/^/    /' "$log.err"
	fi
	while read -r kind words; do
		# shellcheck disable=SC2086 # the first one is the subject
		doctor_line "$kind" $words
	done <"$log"
}

doctor()
{
	((${#words[@]} == 0)) || usage "doctor takes no arguments"
	if ((option_dry_run)); then
		say "doctor only looks; there is nothing to print"
		return
	fi
	option_accel=auto
	kvm_works=no
	doctor_host
	doctor_kernels
	layout
	doctor_build
	doctor_accel
	((option_quick)) || [[ -z $initramfs ]] || doctor_boot
	((!doctor_bad)) || return 1
}
