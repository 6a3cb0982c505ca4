/** Files that a transfer has not finished, and the backups of editors. */
export const unfinished =
  /\.(?:part|partial|filepart|crdownload|tmp|temp|bak|orig|swp|_COPYING_)$|~$|^#.*#$/i;

/** Files that accompany data: descriptions, checksums, signatures, markers, and those of file managers. */
export const companion = new RegExp(
  [
    '\\.(?:md|rst|md5|sha\\d*|crc|crc32|sfv|asc|sig|done|ok|ready|success|complete|trg)$',
    '^(?:readme|licen[cs]e|notice|changelog)(?:\\.txt)?$',
    '^(?:manifest|datapackage|metadata|schema)(?:\\.json)?$',
    '^(?:checksums?|md5sums?|sha\\d*sums?)(?:\\.txt)?$',
    '^(?:success|thumbs\\.db|desktop\\.ini)$',
  ].join('|'),
  'i',
);
