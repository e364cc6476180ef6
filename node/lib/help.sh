# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts share their variables
#
# conode --help and conode VERB --help.  docs/conode.1 says more.

help()
{
	case $1 in
	'') help_all ;;
	demo | test | run | shell | bench | doctor | clean) "help_$1" ;;
	*) usage "no verb '$1'" ;;
	esac
}

help_all()
{
	cat <<-'EOF'
	usage: conode VERB [OPTION...] [ARGUMENT...]

	A CPU+GPU node with coherent memory, in a virtual machine, on the files of
	this machine.  Missing Debian packages are installed, programs are built.

	  demo            show pages of a process move into GPU memory and back
	  run CMD...      run any program of this machine in a node
	  shell           a shell in a node
	  test            all tests; the last line counts them
	  bench           what moving a page costs, the device costs, kernels take
	  doctor          what works on this machine, and why not
	  clean           remove what was built

	Most used:  --kernel stock|patched|debug   --dram 2G   --vram 512M   --gpus 1
	            --dry-run   -v   and for each verb --help
	EOF
}

help_node_options()
{
	cat <<-'EOF'

	options of the node:
	  --kernel FLAVOUR   stock: Debian's own; patched: with mm-patches/, built when
	                     needed; debug: the same with KASAN, lockdep and more.
	                     Default: patched when it is in the cache, else stock
	  --accel HOW        auto, kvm or tcg; auto tries whether KVM really works
	  --dram SIZE        memory of the CPUs, in two NUMA nodes (2G)
	  --vram SIZE        memory of each GPU (512M)
	  --gpus N           number of GPUs (1)
	  --cpus N           number of CPUs (2)
	  --device KIND      what stands for the GPU. simgpu: a process of its own with
	                     queues and page faults; loop: nothing, the CPU copies
	                     (simgpu; bench migrate: loop)
	  --link-atomics HOW coherent: atomics of simgpu on DRAM are atomic against
	                     the CPU (the default); none: they are not
	  --hmem             leave the kernel's own device for the SPM in place
	  --no-module        do not load the module
	  --kernel-arg ARG   one more word for the kernel's command line
	  --module-arg N=V   one more parameter for the module
	  --qemu-arg ARG     one more argument for QEMU
	  --timeout SECONDS  bound for the program; status 124 when it is reached
	  --boot-timeout SECONDS
	  --dry-run          print the commands, run none
	  -v, --verbose      print the commands and run them
	EOF
}

help_program_options()
{
	cat <<-'EOF'

	options of the program:
	  --rw               what it writes into this folder stays (otherwise all that
	                     it writes is gone with the node)
	  --rw-dir DIR       the same for another folder
	  --env NAME[=VALUE] one more environment variable
	EOF
}

help_status()
{
	cat <<-'EOF'

	exit status: that of the program; 128 and the signal's number if one ended it;
	126 it cannot be run; 127 there is none; 124 time-out; 125 the node failed or
	its kernel complained; 2 wrong usage.
	EOF
}

help_demo()
{
	cat <<-'EOF'
	usage: conode demo [OPTION...]

	Moves 256 MiB of a process into GPU memory and back through Debian's own
	libhsakmt, writes to every page in place from the CPU, and prints a table.
	EOF
	help_node_options
	help_status
}

help_run()
{
	cat <<-'EOF'
	usage: conode run [OPTION...] [--] PROGRAM [ARGUMENT...]

	Runs a program of this machine in a node, in the folder that you are in, with
	your arguments, standard streams, signals and these environment variables:
	EOF
	printf '%s %s*\n' "$environment_names" "${environment_prefixes// /* }" |
		fold -s -w 76 | sed 's/^/  /'
	help_program_options
	cat <<-'EOF'
	  -t, --tty          give it a terminal
	  --leaks            look for kernel memory leaks afterwards (debug kernel)
	EOF
	help_node_options
	help_status
}

help_shell()
{
	cat <<-'EOF'
	usage: conode shell [OPTION...]

	Your shell in a node, on a terminal of its own; without a terminal it reads
	commands from standard input.  exit or Ctrl-D ends the node.
	EOF
	help_program_options
	help_node_options
	help_status
}

help_test()
{
	cat <<-'EOF'
	usage: conode test [OPTION...] [SUITE...]

	Builds the kernels, runs the suites of node/tests/suites on the host and in
	nodes, and ends with the line "N passed, N failed, N skipped".  Logs are in
	build/logs/test.

	  --suite NAME       only this suite; may be a pattern such as 'thunk/*'
	  --list             list the suites, run none
	  --kernel FLAVOUR   only the suites for this kernel, and those of the host
	  --accel HOW        auto, kvm or tcg
	  --dry-run          list the suites and print the builds
	  -v, --verbose      print the commands

	exit status: 0 when no test failed and at least one passed, else 1.
	EOF
}

help_bench()
{
	cat <<-'EOF'
	usage: conode bench [OPTION...] [migrate | device | isa] [ARGUMENT...]

	migrate counts guest instructions per page in a node of one CPU whose clock is
	the instruction counter, so that the numbers repeat.  device measures the
	device process: doorbell latency, copy rate beside memcpy() on the host,
	instructions per GPU fault, and what it takes while idle.  isa runs kernels on a
	device in a process of the host, beside the same loops in C.  Arguments go to
	the benchmark: --json, --plot FILE, --check; isa --help has more.
	EOF
	help_node_options
	help_status
}

help_doctor()
{
	cat <<-'EOF'
	usage: conode doctor [OPTION...]

	Says what works on this machine and why not: packages, KVM, kernels, the
	module, and in a short boot the SPM and what each kernel offers the module.
	Installs and builds no kernel.

	  --quick            without the boot
	  --kernel FLAVOUR   the kernel to boot

	exit status: 0 when a node can run here, else 1.
	EOF
}

help_clean()
{
	cat <<-'EOF'
	usage: conode clean [--cache] [--dry-run]

	Removes build/; with --cache the built kernels and the answer about KVM, too.
	EOF
}
