// Numbers of parquet.thrift, as page headers and column chunks have them.

export const pageTypes = { data: 0, dictionary: 2, dataV2: 3 } as const;
export const codecs = { none: 0, snappy: 1, gzip: 2, zstd: 6 } as const;
export const encodings = {
  plain: 0,
  plainDictionary: 2,
  rle: 3,
  deltaBinaryPacked: 5,
  rleDictionary: 8,
  byteStreamSplit: 9,
} as const;
