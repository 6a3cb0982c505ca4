/**
 * Returns the resident memory of this process. Reading it opens a file; where no more can be opened, its peak stands for it, which the system
 * counts without a file.
 */
export function residentBytes(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
