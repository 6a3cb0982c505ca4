/** Meaning of each exit code, and what a scheduler should do; tests compare README and `--help` with it. */
export const exitCodes = {
  0: { means: 'everything is published', scheduler: 'continue' },
  1: { means: 'a bug in nightshift, with a stack trace', scheduler: 'retry once, report' },
  2: { means: 'the job file, the model or an input is wrong', scheduler: 'not retry' },
  3: {
    means: 'a quality gate closed; with --exit-on-check also the verdict "check"',
    scheduler: 'not retry; look at the summary',
  },
  4: { means: 'some files failed, the others are published', scheduler: '`nightshift retry`' },
  5: {
    means: 'storage unavailable, input still being written or truncated, folder in use',
    scheduler: 'retry later',
  },
  6: { means: 'memory or time budget reached; the rerun resumes', scheduler: 'retry, with more' },
  99: { means: 'no input, with input.on_empty: skip', scheduler: 'skip' },
  130: { means: 'interrupted by Ctrl-C; the rerun resumes', scheduler: 'nothing' },
  143: { means: 'interrupted by SIGTERM or SIGHUP; the rerun resumes', scheduler: 'nothing' },
} as const;

export type ExitCode = keyof typeof exitCodes;

interface ReasonFacts {
  /** One exit code; several where the job file or the signal decides. */
  readonly exits: readonly ExitCode[];
  readonly means: string;
  readonly todo: string;
}

/**
 * Every `reason` of a last line, a record or `--json`, by the room it comes from; docs/errors.md is generated
 * from it. A reason in the code that is missing here does not compile; one that exists only here fails a
 * test.
 */
export const reasons = {
  // How a run ends.
  ok: { exits: [0], means: 'everything is published', todo: 'nothing' },
  held: {
    exits: [0],
    means: 'this shard is scored; it is published once all shards are',
    todo: 'run the other shards, then `nightshift finish JOB`',
  },
  check: {
    exits: [3],
    means: 'published, with the verdict "check", and `--exit-on-check` was given',
    todo: 'check the findings; published partitions stay published',
  },
  'gate-failed': {
    exits: [3],
    means: 'a quality gate closed',
    todo: 'check the summary; correct the data, or change the gate and run again',
  },
  'partitions-failed': {
    exits: [4],
    means: 'some partitions failed, each with its own reason',
    todo: '`nightshift status JOB` lists them; `nightshift retry JOB`',
  },
  'set-aside': {
    exits: [4],
    means: 'a partition was skipped because the process crashed on it several times',
    todo: 'check the system log and the input, then `nightshift retry JOB`',
  },
  interrupted: {
    exits: [130, 143],
    means: 'a signal stopped the run',
    todo: 'run the same command again: it resumes',
  },
  unexpected: { exits: [1], means: 'a bug in nightshift', todo: 'report it with the printed stack trace' },

  // The command line and the job file.
  usage: { exits: [2], means: 'the command line is wrong', todo: 'see `nightshift --help`' },
  'not-a-row': {
    exits: [2],
    means: 'a row given to `openScorer` is not an object of JSON values',
    todo: 'give an array of objects with the columns as keys ([docs/library.md](library.md))',
  },
  'log-level': {
    exits: [2],
    means: '`NIGHTSHIFT_LOG` is not a log level',
    todo: 'use one that the message lists',
  },
  'dialect-option': {
    exits: [2],
    means: '`--dialect` is invalid',
    todo: 'write `key=value` pairs with commas',
  },
  'output-format': {
    exits: [2],
    means: 'the extension of `--output` is not a supported format',
    todo: 'end it in .csv, .parquet or .arrow',
  },
  'file-exists': {
    exits: [2],
    means: '`init` would overwrite a file',
    todo: 'choose another name with `-o`, or give `--force`',
  },
  'output-is-input': {
    exits: [2],
    means: '`repair` would overwrite its input',
    todo: 'choose another output',
  },
  'no-summary': {
    exits: [2],
    means: '`report` found no summary',
    todo: 'name a run folder, or a folder of runs',
  },
  'job-file': {
    exits: [2],
    means: 'the job file is missing, cannot be read, or has mistakes',
    todo: 'fix what the message lists, each with its line',
  },
  'job-edit': {
    exits: [2],
    means: 'the recommended settings cannot be written into the job file',
    todo: 'write them by hand, as the message says',
  },
  'job-changed': {
    exits: [2],
    means: 'the job file changed while models were compared, so nothing is written into it',
    todo: 'run the command again',
  },
  'no-recommendation': {
    exits: [2],
    means: 'no compared model meets the limits, so nothing is written into the job file',
    todo: 'relax a limit, or compare other models',
  },
  contract: {
    exits: [2],
    means: 'the column contract is invalid',
    todo: 'fix the keys that the message names',
  },
  'contract-unresolved': {
    exits: [2],
    means: 'the baseline lacks a value that the job needs',
    todo: 'write the value into the job file, or create a baseline with `nightshift profile JOB`',
  },
  'bad-contract': {
    exits: [2],
    means: 'an option of a column is wrong',
    todo: 'fix the key that the message names',
  },
  'bad-derivation': {
    exits: [2],
    means: 'a column cannot be derived as `from` or `map` says',
    todo: 'see the message and docs/contract.md',
  },
  'bad-rule': {
    exits: [2],
    means: 'a rule across columns is wrong',
    todo: 'see the message and docs/contract.md',
  },
  'bad-reasons': {
    exits: [2],
    means: '`output.reasons` requests something that this model or contract does not have',
    todo: 'see the message',
  },
  'bad-slice': { exits: [2], means: 'a slice under `quality.slices` is wrong', todo: 'see the message' },
  'csv-option': { exits: [2], means: 'a key of `input.csv` has a wrong value', todo: 'see the message' },
  'no-partition': {
    exits: [2],
    means: '`--partition` matches nothing',
    todo: '`nightshift plan JOB` lists the names',
  },

  // Inputs.
  'no-input': {
    exits: [99, 2],
    means: 'no file matches `input.path`; 99 with `on_empty: skip`, 2 with `fail`',
    todo: 'check the path and the date',
  },
  'nothing-new': {
    exits: [99, 2],
    means: 'runs of the job have scored all inputs (`input.since`); 99 with `on_empty: skip`, 2 with `fail`',
    todo: 'nothing; or wait for new files',
  },
  'no-rows': {
    exits: [99, 2],
    means: 'the inputs have headers but no rows, or no bytes; 99 with `on_empty: skip`, 2 with `fail`',
    todo: 'check the program that wrote them',
  },
  'input-missing': {
    exits: [5],
    means: 'a file that the job lists is missing, or an input has disappeared since it was listed',
    todo: 'run again when it has arrived, or remove it from the list',
  },
  'input-changed': {
    exits: [5],
    means: 'an input changed while it was read',
    todo: 'run again when it is complete',
  },
  'input-unreadable': {
    exits: [2],
    means: 'an input has a name or link that leads to no file',
    todo: 'see the hint',
  },
  'input-empty': {
    exits: [2],
    means: 'an input has no bytes, or no rows and no header',
    todo: 'copy it again',
  },
  'input-format': {
    exits: [2],
    means: 'an input has an unsupported format: HTML, a JSON array, a spreadsheet, ...',
    todo: 'export it as CSV, JSON Lines, Parquet or Arrow',
  },
  'not-a-file': {
    exits: [2],
    means: 'a path is a pipe, a socket, a device, a folder or a file of the kernel (`/proc`, `/sys`)',
    todo: 'give the path of a file',
  },
  'is-a-folder': {
    exits: [2],
    means: 'a path is a folder instead of a file',
    todo: 'give the path of a file',
  },
  'not-text': {
    exits: [2],
    means: 'an input that should be CSV is not text',
    todo: 'name its encoding in `input.csv.encoding`, or remove it from the input',
  },
  'no-table': {
    exits: [2],
    means: 'a text contains no table',
    todo: 'correct `input.csv.skip_lines` and `comment`',
  },
  'row-too-long': {
    exits: [2],
    means: 'the first row of a CSV file does not end within `max_row_bytes`',
    todo: 'check the file and its quotes, or raise the limit',
  },
  'other-table': {
    exits: [2],
    means: 'another table follows the first, and `input.csv.tables` is `refuse`',
    todo: 'reduce the file to one table, or set `tables` to `first` or `one`',
  },
  'preamble-line': {
    exits: [2],
    means: 'lines above the table may be rows, with `tables: refuse`',
    todo: 'as for `other-table`',
  },
  'footer-line': {
    exits: [2],
    means: 'lines below the table may be rows, with `tables: refuse`',
    todo: 'as for `other-table`',
  },
  'comment-line': {
    exits: [2],
    means: 'comments may be rows, with `tables: refuse`',
    todo: 'set `input.csv.comment`',
  },
  'input-cut-off': {
    exits: [5],
    means: 'a compressed file ends within its compressed data',
    todo: 'run again once the transfer has ended, or copy it again',
  },
  'truncated-input': {
    exits: [5],
    means: 'a Parquet or Arrow file ends too early',
    todo: 'run again once the transfer has ended, or copy it again',
  },
  'corrupt-input': {
    exits: [2],
    means: 'a file breaks the rules of its format',
    todo: 'copy or write it again',
  },
  'encrypted-input': {
    exits: [2],
    means: 'a Parquet file is encrypted',
    todo: 'write it without encryption',
  },
  'not-parquet': {
    exits: [2],
    means: 'a file is not a Parquet file',
    todo: 'name its format in `input.format`',
  },
  'not-arrow': {
    exits: [2],
    means: 'a file is not an Arrow file or stream',
    todo: 'name its format in `input.format`',
  },
  'unsupported-parquet': {
    exits: [2],
    means: 'a Parquet file uses a feature that is not supported',
    todo: 'write it as the hint says',
  },
  'unsupported-arrow': {
    exits: [2],
    means: 'an Arrow file uses a feature that is not supported',
    todo: 'write it as the hint says',
  },
  'table-format': {
    exits: [2],
    means: 'the folder is a Delta, Iceberg or Hudi table, whose log is not read',
    todo: 'list its live files, or export it to Parquet',
  },
  'absent-column': {
    exits: [2],
    means: 'a column of the contract is missing',
    todo: 'see the hint; or give it `absent`',
  },
  'ambiguous-column': {
    exits: [2],
    means: 'several columns could be the one that is meant',
    todo: 'name it with `source`',
  },
  'unreadable-column': {
    exits: [2],
    means: 'a column has a type that cannot be read',
    todo: 'write it as the hint says',
  },
  'mismatched-type': {
    exits: [2],
    means: 'a column does not have the type of the contract',
    todo: 'correct `type`',
  },
  'unreadable-folder': {
    exits: [2],
    means: "the value in a folder's name does not fit its column",
    todo: 'correct the folder, or the type of the column',
  },
  'own-output': {
    exits: [2],
    means: 'the job would read what it publishes',
    todo: 'keep `input.path` and `output.path` apart',
  },
  'published-input': {
    exits: [2],
    means: 'a published file of another job is among the inputs',
    todo: 'narrow `input.path`, or name the run folder itself',
  },

  // Models and baselines.
  'model-mapping': {
    exits: [2],
    means: 'the inputs or outputs of the model do not fit the job',
    todo: 'fix what the message lists under `model.inputs`, `model.outputs` or `columns`; `nightshift check JOB`',
  },
  'models-not-comparable': {
    exits: [2],
    means: '`model.compare_with` and `model.path` are not a file of trees and its ONNX export',
    todo: 'see the message; correct the path, or remove `model.compare_with`: a run does not read it',
  },
  'model-missing': { exits: [2], means: 'there is no model at `model.path`', todo: 'correct the path' },
  'model-not-a-file': {
    exits: [2],
    means: 'the model is not a regular file',
    todo: 'name an .onnx file or an MLflow directory',
  },
  'model-unreadable': {
    exits: [2],
    means: 'the file is not a model that can be read',
    todo: 'export the model again',
  },
  'model-data-missing': {
    exits: [2],
    means: 'a file of external weights is missing',
    todo: 'copy it next to the model',
  },
  'model-data-outside': {
    exits: [2],
    means: 'external weights are outside the folder of the model',
    todo: 'save them next to it',
  },
  'mlmodel-invalid': {
    exits: [2],
    means: 'the MLmodel file cannot be understood',
    todo: 'log the model again',
  },
  'signature-disagrees': {
    exits: [2],
    means: 'the MLflow signature does not fit the graph',
    todo: 'log the model again',
  },
  'model-pin': {
    exits: [2],
    means: 'the model is not the file that `model.sha256` pins',
    todo: 'restore the pinned model, or pin this one',
  },
  'model-changed': {
    exits: [2],
    means: 'the model changed during the run',
    todo: 'publish models under new names; run again',
  },
  'trees-differ': {
    exits: [2],
    means: 'the trees of a graph give other scores in our loops than in the runtime',
    todo: 'set "model.rewrite: off", and report it with the model',
  },
  'model-refused': { exits: [2], means: 'the runtime cannot open the model', todo: 'see the hint' },
  'model-input-refused': {
    exits: [2],
    means: 'an input of the model has a type that cannot be fed',
    todo: 'export it with float32 inputs',
  },
  'model-too-large': {
    exits: [2],
    means: 'one batch would take more memory than is available',
    todo: 'export with a dynamic batch axis',
  },
  'model-too-slow': {
    exits: [2],
    means: 'the model did not answer within `run.batch_timeout`',
    todo: 'raise it, or lower `run.batch_rows`',
  },
  'model-crashes': {
    exits: [2],
    means: 'the model crashed the process that tested it',
    todo: 'try it in Python; export it again',
  },
  'model-fails': {
    exits: [2],
    means: 'the model fails on every row',
    todo: 'see the message of the runtime',
  },
  'model-ends-workers': {
    exits: [2],
    means: 'the model terminates its own process',
    todo: 'try it with `nightshift check`; export it again',
  },
  'output-without-rows': {
    exits: [2],
    means: 'an output of the model has no axis of rows',
    todo: 'leave it out of `model.outputs`',
  },
  'output-shape-varies': {
    exits: [2],
    means: 'the width of an output depends on the data',
    todo: 'leave it out of `model.outputs`',
  },
  'slice-ends-workers': {
    exits: [2],
    means: 'workers end before they score a row',
    todo: 'check the model, the memory limit and the system log',
  },
  'system-unsupported': {
    exits: [2],
    means: 'the runtime does not load on this system',
    todo: 'see the systems in the README',
  },
  'runtime-memory': {
    exits: [5],
    means: 'there is too little memory to load the runtime',
    todo: 'raise the memory limit (`ulimit -v`), then run again',
  },
  'probe-killed': {
    exits: [5],
    means: 'the system killed the trial of the model',
    todo: 'give the run more memory, then run again',
  },
  'baseline-missing': {
    exits: [2],
    means: 'there is no baseline at `quality.baseline`',
    todo: 'make it with `nightshift profile JOB`',
  },
  'baseline-not-a-file': {
    exits: [2],
    means: 'the baseline is not a regular file',
    todo: 'name the file that `profile` wrote',
  },
  'baseline-invalid': {
    exits: [2],
    means: 'the file is not a baseline, or has another version',
    todo: 'make it again',
  },

  // Outputs and storage.
  'other-job': {
    exits: [2],
    means: 'another job published to this folder',
    todo: 'give each job its own; `--force` takes it over',
  },
  'outside-output': { exits: [2], means: 'a name would leave the output folder', todo: 'rename the input' },
  'no-permission': {
    exits: [2],
    means: 'permission denied',
    todo: 'grant the user of the process the permissions',
  },
  'read-only': { exits: [2], means: 'the file system is read-only', todo: 'choose another output' },
  'not-a-folder': { exits: [2], means: 'a part of the path is a file', todo: 'choose another path' },
  'is-a-link': {
    exits: [2],
    means: 'there is a symbolic link where none is allowed',
    todo: 'remove the link',
  },
  'name-too-long': { exits: [2], means: 'a name is too long for the file system', todo: 'use a shorter one' },
  'file-too-big': {
    exits: [2],
    means: 'the file is larger than the file system or the file size limit allows',
    todo: 'raise the limit (`ulimit -f`), or choose another output',
  },
  'disk-full': {
    exits: [5],
    means: 'the disk is full, or would become full',
    todo: 'free space, then run again to resume',
  },
  's3-address': {
    exits: [2],
    means: 'an address `s3://bucket/key`, its region or its endpoint is wrong',
    todo: 'correct the address, `AWS_REGION` or `AWS_ENDPOINT_URL_S3` ([docs/storage.md](storage.md))',
  },
  's3-credentials': {
    exits: [2],
    means: 'no credentials for S3 were found, or the service does not accept them',
    todo: 'set `AWS_PROFILE` or the keys, or give the machine a role ([docs/storage.md](storage.md))',
  },
  'storage-away': {
    exits: [5],
    means: 'a folder or file has disappeared',
    todo: 'check whether its disk is mounted; run again',
  },
  'storage-failed': {
    exits: [5],
    means: 'a disk or the network failed',
    todo: 'run again when the storage is back',
  },
  'storage-unsupported': {
    exits: [2],
    means:
      'the file system of an output lacks an operation that safe writing needs, such as the sync of a folder',
    todo: 'choose an output on another file system',
  },
  'too-many-files': { exits: [5], means: 'too many files are open', todo: 'raise the limit (`ulimit -n`)' },
  'staging-lost': {
    exits: [5],
    means: 'staged files of a partition were lost before they were published',
    todo: 'run again to score it again',
  },
  'spill-failed': {
    exits: [5],
    means: 'keys cannot be spilled to the temporary folder',
    todo: 'make room there',
  },
  'standard-stream': {
    exits: [2],
    means: 'standard input or output is named where it cannot be used, or is a terminal',
    todo: 'name files, or pipe the data',
  },
  'output-lost': {
    exits: [5],
    means: 'standard output could not be written',
    todo: 'free space where stdout goes; run again',
  },

  // The run itself.
  locked: { exits: [5], means: 'another run uses the output folder', todo: 'wait for it' },
  'claim-lost': {
    exits: [5],
    means: 'another run took over the output folder',
    todo: 'wait for it, then run again',
  },
  incomplete: {
    exits: [5],
    means: '`finish` found partitions that are not scored yet',
    todo: 'run the missing shards first',
  },
  'plan-changed': {
    exits: [5],
    means: 'the inputs are not those of the saved plan',
    todo: '`nightshift plan JOB --save`, then every shard again',
  },
  'worker-ended': {
    exits: [5],
    means: 'the system ended a worker',
    todo: 'check the system log; run again with more memory',
  },
  'memory-budget': {
    exits: [6],
    means: 'the memory limit was reached',
    todo: 'give `run.memory` more, or lower `run.chunk_bytes`',
  },
  'kernel-memory': { exits: [6], means: 'one chunk needs more than 1 GiB', todo: 'lower `run.chunk_bytes`' },
  'time-budget': {
    exits: [6],
    means: '`run.max_duration` was reached',
    todo: 'run again to resume, or raise the limit',
  },
} as const satisfies Readonly<Record<string, ReasonFacts>>;

export type Reason = keyof typeof reasons;

/** The reasons that may end with this code. */
export type ReasonOf<Code extends ExitCode> = {
  [R in Reason]: Code extends (typeof reasons)[R]['exits'][number] ? R : never;
}[Reason];
