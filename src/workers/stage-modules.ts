import type { OpenStage } from './stage.js';

/** A module with a stage. */
interface StageModule {
  readonly openStage: OpenStage;
  readonly warmStage?: (what: unknown) => Promise<void>;
  /** Tries out what the plan will need, before there is a plan; may end the process. */
  readonly tryOut?: (request: unknown, say: (said: unknown) => void) => Promise<void>;
}

const bundled = new Map<string, () => Promise<StageModule>>();

/** Registers a stage that is part of the bundle, so that it is not loaded a second time by its URL. */
export function bundleStage(url: string, load: () => Promise<StageModule>): void {
  bundled.set(url, load);
}

/** Loads the module at `url`. */
export function stageModule(url: string): Promise<StageModule> {
  return bundled.get(url)?.() ?? (import(url) as Promise<StageModule>);
}
