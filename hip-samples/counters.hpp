// SPDX-License-Identifier: MIT
// Where pages are and what the driver has counted, for root in a node.  On other
// machines samples run without that knowledge.
#ifndef COUNTERS_HPP
#define COUNTERS_HPP

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

// Counters - the driver's, at the time of its making
class Counters {
public:
	Counters()
	{
		std::ifstream file("/sys/kernel/debug/kfd/counters");
		std::string name;
		long long value;

		while (file >> name >> value)
			values[name] = value;
	}

	bool known() const
	{
		return !values.empty();
	}

	// since() - how much a counter has grown, from *this until now
	long long since(const char *name) const
	{
		Counters now;

		if (!values.count(name) || !now.values.count(name))
			return 0;
		return now.values[name] - values.at(name);
	}

private:
	std::map<std::string, long long> values;
};

struct Places {
	bool known = false;
	size_t vram = 0, dram = 0, absent = 0;
};

// places() - where the pages of this process's memory are
static inline Places places(const void *addr, size_t size)
{
	std::ifstream gpus("/sys/kernel/debug/kfd/vram");
	std::vector<std::pair<uint64_t, uint64_t>> spans;
	std::string line;
	Places result;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	while (std::getline(gpus, line)) {
		unsigned long long base;
		unsigned long total;
		size_t at = line.find("base ");

		if (at != std::string::npos &&
		    std::sscanf(line.c_str() + at, "base %llx total %lu", &base, &total) == 2)
			spans.emplace_back(base, base + total * 4096ULL);
	}
	for (uintptr_t page = (uintptr_t)addr / 4096;
	     fd >= 0 && !spans.empty() && page * 4096 < (uintptr_t)addr + size; page++) {
		uint64_t entry = 0, phys;
		bool vram = false;

		if (pread(fd, &entry, sizeof(entry), page * 8) != sizeof(entry))
			break;
		phys = (entry & ((1ULL << 55) - 1)) * 4096;
		// A page that is there, but nowhere: the reader is not root.
		if (entry >> 63 && phys)
			result.known = true;
		for (auto &s : spans)
			vram |= phys >= s.first && phys < s.second;
		if (!(entry >> 63))
			result.absent++;
		else if (vram)
			result.vram++;
		else
			result.dram++;
	}
	if (fd >= 0)
		close(fd);
	return result;
}

// report() - print them under a heading
static inline Places report(const char *what, const void *addr, size_t size)
{
	Places p = places(addr, size);

	if (p.known)
		std::printf("%-36s %6zu pages in VRAM, %6zu in DRAM, %4zu nowhere\n", what,
			    p.vram, p.dram, p.absent);
	else
		std::printf("%-36s (where pages are: only root is told)\n", what);
	return p;
}

#endif
