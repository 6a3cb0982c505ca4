import type { Feeds, TensorData } from '../chunk/tensor.js';

/**
 * Pads feeds of `rows` rows to a batch of `length` by repeating the last `repeated` rows, because only
 * existing rows are certain to be valid. Copies.
 */
export function padFeeds(
  feeds: Feeds,
  rows: number,
  length: number,
  constants: ReadonlySet<string>,
  repeated = 1,
): Feeds {
  const padded: Record<string, TensorData> = {};
  for (const [name, feed] of Object.entries(feeds)) {
    padded[name] = constants.has(name) ? feed : padTensor(feed, rows, length, repeated);
  }
  return padded;
}

function padTensor(
  { type, dims, data }: TensorData,
  rows: number,
  length: number,
  repeated: number,
): TensorData {
  const width = data.length / rows;
  const size = width * length;
  const step = width * repeated;
  const dimsOut = [length, ...dims.slice(1)];
  if (isTexts(data)) {
    const texts = data.slice();
    while (texts.length < size) texts.push(texts[texts.length - step]!);
    return { type, dims: dimsOut, data: texts };
  }
  const longer = new (data.constructor as new (size: number) => Uint8Array)(size);
  longer.set(data as Uint8Array);
  for (let at = data.length; at < size; at += step) longer.copyWithin(at, at - step, at);
  return { type, dims: dimsOut, data: longer };
}

function isTexts(data: TensorData['data']): data is readonly string[] {
  return Array.isArray(data);
}
