/**
 * Returns the resident memory of this process. Reading it opens a file; if no more can be opened, returns its peak, which the system counts
 * without a file.
 */
export function residentBytes(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
