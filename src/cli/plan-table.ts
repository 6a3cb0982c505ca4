import type { Job } from '../job/job.js';
import { countOf } from '../quality/wording.js';
import type { PartitionList } from '../run/list-partitions.js';
import { printable } from '../text/printable.js';
import { bytesText } from '../text/units.js';
import { foldedTable, hanging } from './table.js';

/** Returns the plan for people: the output folder, the partitions with their doubts, and the shards. */
export function planTable(
  { name, output }: Pick<Job, 'name' | 'output'>,
  partitions: PartitionList['partitions'],
  shards: PartitionList['shards'],
  width: number,
): string[] {
  const rows = partitions.map(({ partition, state, bytes, input, findings }) => [
    partition,
    state,
    bytesText(bytes),
    [printable(input), ...findings.map(({ sentence }) => sentence)].join('; '),
  ]);
  const shardRows = (shards ?? []).map((one) => [one.shard, String(one.partitions), bytesText(one.bytes)]);
  const total = partitions.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    hanging(`${name}: ${output.path}`, width),
    '',
    ...foldedTable(['partition', 'state', 'size', 'input'], rows, width, 1),
    ...(shards === null ? [] : ['', ...foldedTable(['shard', 'partitions', 'size'], shardRows, width)]),
    '',
    `${countOf(partitions.length, 'partition')}, ${bytesText(total)}`,
  ];
}
