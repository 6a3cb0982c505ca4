import { createHash } from 'node:crypto';
import { withoutSecrets } from './secrets.js';

/** Lineage facts about one input column; numbers only if the column has them. */
export interface LineageColumn {
  readonly name: string;
  readonly type: string;
  readonly count: number;
  readonly nullCount: number;
  readonly distinctCount: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly sum: number | null;
  /** Values by quantile, from 0 to 1. */
  readonly quantiles: Readonly<Record<string, number>> | null;
}

/** A run as lineage describes it. */
export interface LineageRun {
  readonly runId: string;
  readonly job: string;
  readonly namespace: string;
  readonly version: string;
  /** Absolute paths of the inputs: files, or one folder for many. */
  readonly inputs: readonly string[];
  /** The run folder, absolute. */
  readonly output: string;
}

/** Facts that a finished run adds to its inputs and output. */
export interface LineageOutcome {
  readonly rowsRead: number;
  readonly inputBytes: number;
  readonly inputFiles: number;
  readonly columns: readonly LineageColumn[];
  readonly gates: readonly {
    readonly gate: string;
    readonly column: string | null;
    readonly passed: boolean;
  }[];
  readonly rowsScored: number;
  readonly outputBytes: number;
  readonly outputFiles: number;
  readonly outputColumns: readonly { readonly name: string; readonly type: string }[];
}

/** An OpenLineage `RunEvent` (spec 2-0-2); plain data. */
export type LineageEvent = Readonly<Record<string, unknown>>;

const spec = 'https://openlineage.io/spec';

/** Returns the event for the start of a run. */
export function startEvent(run: LineageRun, at: Date): LineageEvent {
  return event(run, 'START', at, {}, null);
}

/** Returns the event for a run that published everything; a shard has no summary and adds nothing to it. */
export function completeEvent(run: LineageRun, at: Date, outcome: LineageOutcome | null): LineageEvent {
  return event(run, 'COMPLETE', at, {}, outcome);
}

/**
 * Returns the event for a run that was stopped from outside (`ABORT`) or failed, with the work that it
 * completed.
 */
export function failEvent(
  run: LineageRun,
  at: Date,
  failure: { readonly message: string; readonly interrupted: boolean },
  outcome: LineageOutcome | null,
): LineageEvent {
  const errorMessage = {
    ...facet(run, 'facets/1-0-1/ErrorMessageRunFacet.json', 'ErrorMessageRunFacet'),
    message: withoutSecrets(failure.message),
    programmingLanguage: 'TypeScript',
  };
  return event(run, failure.interrupted ? 'ABORT' : 'FAIL', at, { errorMessage }, outcome);
}

function event(
  run: LineageRun,
  eventType: 'START' | 'COMPLETE' | 'FAIL' | 'ABORT',
  at: Date,
  runFacets: Readonly<Record<string, unknown>>,
  outcome: LineageOutcome | null,
): LineageEvent {
  return {
    eventType,
    eventTime: at.toISOString(),
    producer: producerOf(run),
    schemaURL: `${spec}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
    run: { runId: uuidOf(run.runId), facets: { processing_engine: engine(run), ...runFacets } },
    job: { namespace: run.namespace, name: run.job, facets: { jobType: jobType(run) } },
    inputs: run.inputs.map((path) => ({
      namespace: 'file',
      name: path,
      ...(outcome === null || run.inputs.length > 1 ? {} : inputFacets(run, outcome)),
    })),
    outputs: [
      {
        namespace: 'file',
        name: run.output,
        ...(outcome === null ? {} : outputFacets(run, outcome)),
      },
    ],
  };
}

function engine(run: LineageRun): object {
  return {
    ...facet(run, 'facets/1-1-1/ProcessingEngineRunFacet.json', 'ProcessingEngineRunFacet'),
    version: run.version,
    name: 'Nightshift',
  };
}

function jobType(run: LineageRun): object {
  return {
    ...facet(run, 'facets/2-0-3/JobTypeJobFacet.json', 'JobTypeJobFacet'),
    processingType: 'BATCH',
    integration: 'NIGHTSHIFT',
    jobType: 'JOB',
  };
}

function inputFacets(run: LineageRun, outcome: LineageOutcome): object {
  const columnMetrics = Object.fromEntries(
    outcome.columns.map(({ name, nullCount, count, distinctCount, min, max, sum, quantiles }) => [
      name,
      withoutNull({ nullCount, count, distinctCount, min, max, sum, quantiles }),
    ]),
  );
  return {
    facets: { schema: schemaFacet(run, outcome.columns) },
    inputFacets: {
      dataQualityMetrics: {
        ...facet(
          run,
          'facets/1-0-2/DataQualityMetricsInputDatasetFacet.json',
          'DataQualityMetricsInputDatasetFacet',
        ),
        rowCount: outcome.rowsRead,
        bytes: outcome.inputBytes,
        fileCount: outcome.inputFiles,
        columnMetrics,
      },
      dataQualityAssertions: {
        ...facet(
          run,
          'facets/1-0-1/DataQualityAssertionsDatasetFacet.json',
          'DataQualityAssertionsDatasetFacet',
        ),
        assertions: outcome.gates.map(({ gate, column, passed }) => ({
          assertion: gate,
          success: passed,
          ...(column === null ? {} : { column }),
        })),
      },
    },
  };
}

function outputFacets(run: LineageRun, outcome: LineageOutcome): object {
  return {
    facets: { schema: schemaFacet(run, outcome.outputColumns) },
    outputFacets: {
      outputStatistics: {
        ...facet(
          run,
          'facets/1-0-2/OutputStatisticsOutputDatasetFacet.json',
          'OutputStatisticsOutputDatasetFacet',
        ),
        rowCount: outcome.rowsScored,
        size: outcome.outputBytes,
        fileCount: outcome.outputFiles,
      },
    },
  };
}

function schemaFacet(
  run: LineageRun,
  columns: readonly { readonly name: string; readonly type: string }[],
): object {
  return {
    ...facet(run, 'facets/1-1-1/SchemaDatasetFacet.json', 'SchemaDatasetFacet'),
    fields: columns.map(({ name, type }) => ({ name, type })),
  };
}

function facet(run: LineageRun, file: string, name: string): { _producer: string; _schemaURL: string } {
  return { _producer: producerOf(run), _schemaURL: `${spec}/${file}#/$defs/${name}` };
}

function producerOf(run: LineageRun): string {
  return `urn:nightshift:${run.version}`;
}

/** Drops null fields: JSON has no NaN or infinity, and the facet's fields are absent rather than null. */
function withoutNull(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => value !== null && (typeof value !== 'number' || Number.isFinite(value)),
    ),
  );
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Returns a run's own id if it is a UUID, else a UUID (version 8, RFC 9562) derived from it. */
export function uuidOf(runId: string): string {
  if (uuid.test(runId)) return runId.toLowerCase();
  const hex = createHash('sha256').update(runId).digest('hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
