/**
 * Returns this process's resident memory. That opens a file; if none can be opened, returns its peak, which
 * needs none.
 */
export function residentBytes(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
