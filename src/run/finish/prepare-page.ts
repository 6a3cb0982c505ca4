/** Begins to load what draws the page, while workers start and the main process has little to do; whoever draws finds it there, or says why not. */
export function preparePage(): void {
  import('../../quality/page/load-vega.js').then(({ loadVega }) => loadVega()).catch(() => {});
}
