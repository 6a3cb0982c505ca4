import { type Stats, statfsSync } from 'node:fs';

/**
 * File systems whose files the kernel generates when they are read or written: they report a size of 0 or of
 * a page, and some wait for an event, show memory, or act on the machine. Numbers of linux/magic.h.
 */
const madeUp: ReadonlySet<number> = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x64626720, // debugfs
  0x74726163, // tracefs
  0x73636673, // securityfs
  0x62656570, // configfs
  0x27e0eb, // cgroup
  0x63677270, // cgroup2
  0xcafe4a11, // bpf
  0xf97cff8c, // selinux
  0x19800202, // mqueue
  0x42494e4d, // binfmt_misc
  0x65735543, // fusectl
  0x6165676c, // pstore
  0xde5e81e4, // efivarfs
  0x7655821, // resctrl
  0x6e736673, // namespaces
]);

const knownDevices = new Map<number, boolean>();

/**
 * Returns true for a regular file on a disk or in memory; false for a folder, a pipe, a socket, a device, and
 * for a file of the kernel, such as those below /proc and /sys. `stats` are those of the target of `path`.
 * One system call for each file system.
 */
export function isRegularFile(path: string, stats: Stats): boolean {
  return stats.isFile() && !isOfKernel(path, stats.dev);
}

/** Returns true for a path on a file system that the kernel makes up, whose device is `device`. */
export function isOfKernel(path: string, device: number): boolean {
  if (process.platform !== 'linux') return false;
  const known = knownDevices.get(device);
  if (known !== undefined) return known;
  let isKernel = false;
  try {
    isKernel = madeUp.has(statfsSync(path).type);
  } catch {
    return false;
  }
  knownDevices.set(device, isKernel);
  return isKernel;
}
