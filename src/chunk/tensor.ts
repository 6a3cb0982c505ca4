/** Element types of ONNX tensors that can be fed and fetched. */
export type TensorType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'
  | 'string';

/**
 * A dense tensor, row-major; may be a view of a column's memory. float16 is stored as bits, bool as bytes.
 */
export interface TensorData {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data:
    | Float32Array
    | Float64Array
    | Uint16Array
    | BigInt64Array
    | Int32Array
    | Int16Array
    | Int8Array
    | Uint8Array
    | Uint32Array
    | BigUint64Array
    | readonly string[];
}

/** Tensors by input name and by output name; "feeds" and "fetches" are ONNX's terms. */
export type Feeds = Readonly<Record<string, TensorData>>;
export type Fetches = Readonly<Record<string, TensorData>>;
