#!/bin/sh
# Compiles the AssemblyScript kernels to csv.wasm beside this script, unless it is newer than all they are made of.
set -eu
cd "$(dirname "$0")"
if [ -f csv.wasm ] && [ -z "$(find assembly layout.ts build.sh -newer csv.wasm)" ]; then
  exit 0
fi
made=csv.$$.tmp
trap 'rm -f "$made"' EXIT
# Addresses below 4096 are scratch bytes and result slots, see layout.ts; 16384 pages are 1 GiB. AS112 warns of v128 in calls between our own files.
../../node_modules/.bin/asc assembly/index.ts --outFile "$made" -O3 --enable simd --runtime stub --noAssert \
  --uncheckedBehavior always --memoryBase 4096 --initialMemory 2 --maximumMemory 16384 --disableWarning 112
mv "$made" csv.wasm
