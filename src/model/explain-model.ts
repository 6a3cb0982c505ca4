import type { TreeFacts } from './inputs-and-outputs.js';
import { everywhere } from './other-locale.js';
import type { PreparedModel } from './prepare-model.js';
import type { ProbeReport, ProbeRequest } from './probe-report.js';
import type { Rewrite } from './rewrite-graph.js';

/** Facts about a model and its preparation, for people and records; plain data. */
export interface ModelFacts {
  readonly path: string;
  readonly sha256: string;
  /** Of the graph and its data files. */
  readonly bytes: number;
  /** Bytes that a worker holds: twice the graph if trees are cut out of it; tables for reasons too. */
  readonly heldBytes: number;
  readonly producer: string;
  /** Version by domain; the default domain is `ai.onnx`. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly nodes: number;
  /** A sentence on how the trees of LightGBM or XGBoost are scored; null for an ONNX model. */
  readonly trees: string | null;
  /** Remarks for the user about how the file was read. */
  readonly notes: readonly string[];
  /** Labels of the classes by output. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
  /** Applied changes of the graph, in sentences. */
  readonly rewrites: readonly string[];
  /** Changes that were impossible or failed their proof, with the reason. */
  readonly unused: readonly string[];
  readonly batch: {
    readonly rows: number;
    readonly from: 'job' | 'model' | 'measured' | 'default';
    /** Measurements: rows per second by rows per run. */
    readonly rates: readonly { readonly rows: number; readonly rate: number }[];
  };
  readonly threads: number;
  /** Warnings for users of the scores' last digits. */
  readonly warnings: readonly string[];
  /** Reasons to doubt the scores: a person must look before using them. */
  readonly doubts: readonly string[];
}

/** Returns the facts of a prepared model and its request. */
export function explainModel(
  { description, report }: PreparedModel,
  { fixedRows, batchRows, threads }: Pick<ProbeRequest, 'fixedRows' | 'batchRows' | 'threads'>,
): ModelFacts {
  const { path, sha256, bytes, externalFiles, producer, nodes } = description;
  const fileBytes = externalFiles.reduce((sum, file) => sum + file.bytes, bytes);
  const isCut = report.rewrites.some(({ kind }) => kind === 'walk-trees');
  const opsets = Object.entries(description.opsets).map(([domain, version]) => [
    domain || 'ai.onnx',
    version,
  ]);
  const classes = description.outputs.flatMap(({ name, classLabels }) =>
    classLabels === null ? [] : [[name, classLabels] as const],
  );
  const from =
    fixedRows !== null
      ? 'model'
      : batchRows !== 'auto'
        ? 'job'
        : report.rates.length > 0
          ? 'measured'
          : 'default';
  return {
    path,
    sha256,
    bytes: fileBytes,
    heldBytes: isCut ? 2 * fileBytes : fileBytes,
    producer,
    opsets: Object.fromEntries(opsets),
    nodes,
    trees: description.trees === null ? null : treesSentence(description.trees),
    notes: [...(description.trees?.notes ?? []), ...localeNotes(report)],
    classes: Object.fromEntries(classes),
    rewrites: report.rewrites.map((rewrite) =>
      rewrite.kind === 'drop-zip-map'
        ? describeRewrite(rewrite)
        : `${describeRewrite(rewrite)}; proven bit-identical`,
    ),
    unused: [
      ...description.inputs
        .filter(({ isUsed }) => !isUsed)
        .map(({ name }) => `"${name}": unused in the graph, so it needs no column`),
      ...description.keptStrings.map(
        ({ inputs, reason }) => `${quoted(inputs)}: fed as text, because ${reason}`,
      ),
      ...description.keptTrees.map(
        ({ output, reason }) => `"${output}": its trees are scored by the runtime, because ${reason}`,
      ),
      ...report.refuted.map(({ rewrite, reason }) => `not used (${describeRewrite(rewrite)}): ${reason}`),
    ],
    batch: {
      rows: report.batchRows,
      from,
      rates: report.rates.map(({ rows, perSecond }) => ({ rows, rate: perSecond })),
    },
    threads,
    warnings: warningsOf(description, report, fixedRows, threads),
    doubts: doubtsOf(description, report, fixedRows),
  };
}

function localeNotes({ lackedLocale }: ProbeReport): string[] {
  if (lackedLocale === null) return [];
  return [
    `the model names the locale ${lackedLocale}, which this system lacks: it is opened with ${everywhere}, which changes the case of all letters in the same way`,
  ];
}

const waysOfTrees = {
  quick: 'by the bits of their leaves, 64 rows at once',
  walk: 'walked down by eight rows at once',
  plain: 'row by row, because linear leaves or many categories allow no faster way',
};

function sizeOfTrees(count: number, mostLeaves: number): string {
  return `${count} ${count === 1 ? 'tree' : 'trees'} of up to ${mostLeaves} ${mostLeaves === 1 ? 'leaf' : 'leaves'}`;
}

function treesSentence({ format, objective, count, mostLeaves, numbers, way }: TreeFacts): string {
  const size = sizeOfTrees(count, mostLeaves);
  return `${format}: ${size}, objective ${objective}; compared and added in ${numbers} in the trainer's order, ${waysOfTrees[way]}, without the ONNX runtime`;
}

/** Formats the rows per run of the session and the reason for the number. */
export function batchSentence({ rows, from, rates }: ModelFacts['batch']): string {
  const figures = rates.map((one) => `${one.rows}: ${(one.rate / 1e6).toPrecision(3)} M rows/s`).join(', ');
  const why = {
    job: 'as the job says',
    model: "which is the model's own batch axis",
    measured: `measured on generated rows (${figures})`,
    default: 'the default, because nothing was measured',
  };
  return `${rows} rows per run of the model, ${why[from]}`;
}

function describeRewrite(rewrite: Rewrite): string {
  switch (rewrite.kind) {
    case 'drop-zip-map':
      return `"${rewrite.output}": its ZipMap is removed, so the output is a matrix`;
    case 'encode-strings': {
      const count = rewrite.dictionary.length;
      const fed = `${quoted(rewrite.inputs)}: fed as codes of ${count} known strings`;
      const fetched = `${quoted(rewrite.outputs)}: fetched as codes of ${count} strings`;
      return [rewrite.inputs.length > 0 ? fed : '', rewrite.outputs.length > 0 ? fetched : '']
        .filter((text) => text !== '')
        .join('; ');
    }
    case 'walk-trees': {
      const { output, trees, mostLeaves, way } = rewrite;
      return `"${output}": its ${sizeOfTrees(trees, mostLeaves)} are scored without the runtime, ${waysOfTrees[way]}`;
    }
    case 'fold-one-hot': {
      const known = rewrite.folded.reduce((sum, { dictionary }) => sum + dictionary.length, 0);
      return `${quoted(rewrite.inputs)}: fed as the linear model's weights of ${known} known strings`;
    }
  }
}

type Described = PreparedModel['description'];

function warningsOf(
  description: Described,
  report: ProbeReport,
  fixedRows: number | null,
  threads: number,
): string[] {
  const warnings: string[] = [...doubtsOf(description, report, fixedRows)];
  const { dependsOnBatch } = report;
  const isExpected = dependsOnBatch === 'rows' && description.isQuantisedDynamically;
  if (isExpected || dependsOnBatch === 'digits') {
    const what =
      dependsOnBatch === 'digits' ? "the last digits of a row's score depend" : "a row's score depends";
    const why = isExpected ? ' (dynamic quantization takes its scales from each batch)' : '';
    warnings.push(
      `${what} on the rows in its batch${why}: scores are the same for any number of workers, but change with ${changesWith(fixedRows)}`,
    );
  }
  if (threads > 1)
    warnings.push(
      `${threads} threads inside an operator may add in a different order than one: the last digits of scores may change with "run.threads_per_worker"`,
    );
  return warnings;
}

/** Returns doubts about scores that depend on more than their row; none for a random model. */
function doubtsOf(
  { isQuantisedDynamically }: Described,
  { dependsOnBatch }: ProbeReport,
  fixedRows: number | null,
): string[] {
  if (dependsOnBatch === 'random')
    return ['the model gives different answers for the same rows: it has a random node'];
  if (dependsOnBatch !== 'rows' || isQuantisedDynamically) return [];
  return [
    `a row's score depends on the other rows of its batch, or on its position among them: an operator works across the rows (Softmax, ReduceMean or CumSum over axis 0, a sequence). Scores change with ${changesWith(fixedRows)}; export the model so that each row is scored by itself`,
  ];
}

function changesWith(fixedRows: number | null): string {
  return fixedRows === null
    ? '"run.batch_rows", with "run.chunk_bytes" and with rejected rows'
    : `"run.chunk_bytes", with rejected rows and with the copies that pad the last batch of ${fixedRows}`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
