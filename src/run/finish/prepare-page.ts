/**
 * Starts to load what draws the page, while workers start and the main process is idle; whoever draws finds it ready, or reports why not.
 */
export function preparePage(): void {
  import('../../quality/page/load-vega.js').then(({ loadVega }) => loadVega()).catch(() => {});
}
