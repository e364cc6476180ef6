# SPDX-License-Identifier: MIT
#
# The engine of scripts/check-includes.  Input: paths of source files, one a
# line, relative to the current directory.  The tables come in the environment:
# RINGS, EDGES, SECRETS, ALLOWED.  Output: one file:line: message a violation.

function ring_of(path,   r, best, len) {
	best = ""
	len = 0
	for (r in prefix)
		if (index(path, prefix[r]) == 1 &&
		    length(prefix[r]) > len) {
			len = length(prefix[r])
			best = r
		}
	return best
}

# a/b/../c and a/./c without the dots
function normal(path,   part, n, i, out, top) {
	n = split(path, part, "/")
	top = 0
	for (i = 1; i <= n; i++) {
		if (part[i] == "." || part[i] == "")
			continue
		if (part[i] == ".." && top > 0)
			top--
		else
			out[++top] = part[i]
	}
	path = ""
	for (i = 1; i <= top; i++)
		path = path (i > 1 ? "/" : "") out[i]
	return path
}

# where a header of this tree is, or nothing
function find(file, name,   dir, p) {
	dir = file
	sub(/[^\/]*$/, "", dir)
	p = normal(dir name)
	if (p in known)
		return p
	p = normal("kfd/" name)
	if (file ~ /^kfd\// && p in known)
		return p
	p = normal(name)
	return p in known ? p : ""
}

function match_name(name, pattern) {
	if (pattern ~ /\*$/)
		return index(name, substr(pattern, 1,
				length(pattern) - 1)) == 1
	return name == pattern
}

function is_allowed(ring, name,   i) {
	for (i = 1; i <= nallowed; i++)
		if (allow_ring[i] == ring &&
		    match_name(name, allow_name[i]))
			return 1
	return 0
}

function check_secret(file, line, ring, name,   i) {
	if (is_allowed(ring, name))
		return
	for (i = 1; i <= nsecrets; i++)
		if ((secret_ring[i] == "*" || secret_ring[i] == ring) &&
		    match_name(name, secret_name[i])) {
			print file ":" line ": " ring \
				" must not include <" name ">: " why[i]
			return
		}
}

function check_edge(file, line, ring, target,   to) {
	to = ring_of(target)
	if (to != ring && !((ring, to) in edge))
		print file ":" line ": " ring " must not include " \
			target " of " to
}

BEGIN {
	n = split(ENVIRON["RINGS"], row, "\n")
	for (i = 1; i <= n; i++)
		if (split(row[i], f, " ") == 2)
			prefix[f[1]] = f[2]
	n = split(ENVIRON["EDGES"], row, "\n")
	for (i = 1; i <= n; i++) {
		m = split(row[i], f, " ")
		for (j = 2; j <= m; j++)
			edge[f[1], f[j]] = 1
	}
	n = split(ENVIRON["SECRETS"], row, "\n")
	for (i = 1; i <= n; i++) {
		if (split(row[i], f, " ") < 3)
			continue
		secret_ring[++nsecrets] = f[1]
		secret_name[nsecrets] = f[2]
		sub(/^[^ ]+ +[^ ]+ +/, "", row[i])
		why[nsecrets] = row[i]
	}
	n = split(ENVIRON["ALLOWED"], row, "\n")
	for (i = 1; i <= n; i++)
		if (split(row[i], f, " ") == 2) {
			allow_ring[++nallowed] = f[1]
			allow_name[nallowed] = f[2]
		}
}

{ known[$0] = 1; file[++nfiles] = $0 }

END {
	for (i = 1; i <= nfiles; i++)
		check_file(file[i])
}

function check_file(path,   ring, line, text, name, quoted, target) {
	if (path ~ /(^|\/)kfd_ioctl\.h$/)
		print path ":1: the KFD ABI is not copied:" \
			" include <linux/kfd_ioctl.h>"
	ring = ring_of(path)
	if (ring == "") {
		print path ":1: no ring in the table of" \
			" scripts/check-includes has this file"
		return
	}
	line = 0
	while ((getline text < path) > 0) {
		line++
		if (text !~ /^[ \t]*#[ \t]*include[ \t]*[<"]/)
			continue
		quoted = text ~ /include[ \t]*"/
		name = text
		sub(/^[^<"]*[<"]/, "", name)
		sub(/[>"].*$/, "", name)
		target = find(path, name)
		if (target != "")
			check_edge(path, line, ring, target)
		else if (quoted && path ~ /^(kfd|abi|gpu)\//)
			print path ":" line ": no " name " in this tree"
		else
			check_secret(path, line, ring, name)
	}
	close(path)
}
