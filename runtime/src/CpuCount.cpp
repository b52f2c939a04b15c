// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How many CPUs the process may use. Starting more threads than a container's quota gets them all stopped for the rest
// of each period, so the quota counts as much as the affinity mask.
#include "Threads.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

namespace tao::rt {
namespace {

/// The first bytes of a small file as a string; false when it cannot be read.
bool readSmallFile(const char *path, char *text, size_t bytes) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  ssize_t got = read(fd, text, bytes - 1);
  close(fd);
  text[got > 0 ? got : 0] = 0;
  return got > 0;
}

int32_t cpusOf(long long quota, long long period) {
  return quota > 0 && period > 0
             ? int32_t(minOf<long long>(maxOf<long long>((quota + period - 1) / period, 1), kMaxThreads))
             : kMaxThreads;
}

/// The quota in one cgroup folder, of either version; kMaxThreads when there is none.
int32_t quotaIn(const char *folder) {
  char path[768], text[128];
  long long quota = -1, period = -1;
  snprintf(path, sizeof(path), "%s/cpu.max", folder);
  if (readSmallFile(path, text, sizeof(text)) && sscanf(text, "%lld %lld", &quota, &period) == 2)
    return cpusOf(quota, period);
  snprintf(path, sizeof(path), "%s/cpu.cfs_quota_us", folder);
  if (!readSmallFile(path, text, sizeof(text)) || sscanf(text, "%lld", &quota) != 1)
    return kMaxThreads;
  snprintf(path, sizeof(path), "%s/cpu.cfs_period_us", folder);
  if (!readSmallFile(path, text, sizeof(text)) || sscanf(text, "%lld", &period) != 1)
    return kMaxThreads;
  return cpusOf(quota, period);
}

/// The smallest quota on the way from a group up to the root, since each of them limits. In a container the path may
/// name folders that are not visible inside; the walk then ends at the root, which holds the container's own limit.
int32_t quotaAlong(const char *root, const char *group) {
  char folder[512];
  int length = snprintf(folder, sizeof(folder), "%s%s", root, group);
  size_t rootLength = strlen(root);
  int32_t cpus = kMaxThreads;
  if (length < 0 || size_t(length) >= sizeof(folder))
    return quotaIn(root);
  while (true) {
    cpus = minOf(cpus, quotaIn(folder));
    char *slash = strrchr(folder, '/');
    if (!slash || size_t(slash - folder) < rootLength)
      return cpus;
    *slash = 0;
  }
}

/// True when the comma separated list has "cpu" in it.
bool listsCpu(const char *controllers) {
  while (*controllers) {
    size_t length = strcspn(controllers, ",");
    if (length == 3 && memcmp(controllers, "cpu", 3) == 0)
      return true;
    controllers += length + (controllers[length] == ',');
  }
  return false;
}

int32_t cgroupCpus() {
  char groups[4096];
  if (!readSmallFile("/proc/self/cgroup", groups, sizeof(groups)))
    return kMaxThreads;
  int32_t cpus = kMaxThreads;
  for (char *line = groups, *next; line && *line; line = next) {
    if ((next = strchr(line, '\n')))
      *next++ = 0;
    // "number:controllers:path"; version 2 has number 0 and no controllers.
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(controllers + 1, ':') : nullptr;
    if (!path)
      continue;
    *path++ = 0;
    ++controllers;
    if (*controllers == 0)
      cpus = minOf(cpus, quotaAlong("/sys/fs/cgroup", path));
    else if (listsCpu(controllers))
      cpus = minOf(cpus, minOf(quotaAlong("/sys/fs/cgroup/cpu", path), quotaAlong("/sys/fs/cgroup/cpu,cpuacct", path)));
  }
  return cpus;
}

int32_t affinityCpus() {
  // The kernel wants room for all CPUs it can have, which may be more than cpu_set_t's 1024.
  unsigned long mask[1024];
  if (sched_getaffinity(0, sizeof(mask), reinterpret_cast<cpu_set_t *>(mask)) != 0) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? int32_t(online) : 1;
  }
  int32_t count = CPU_COUNT_S(sizeof(mask), reinterpret_cast<cpu_set_t *>(mask));
  return maxOf(count, 1);
}

} // namespace

int32_t availableCpus() { return maxOf(minOf(affinityCpus(), cgroupCpus()), 1); }

} // namespace tao::rt
