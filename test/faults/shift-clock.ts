/**
 * Preloaded into the program (`--import`): shifts its clock by SHIFT_MS after 300 ms, as a time server does.
 */
const shift = Number(process.env['SHIFT_MS'] ?? '0');
const now = Date.now;
const RealDate = Date;
const isLate = () => performance.now() > 300;
globalThis.Date = class extends RealDate {
  constructor(...args: unknown[]) {
    super(...((args.length === 0 ? [globalThis.Date.now()] : args) as [number]));
  }
  static override now(): number {
    return now() + (isLate() ? shift : 0);
  }
} as DateConstructor;
