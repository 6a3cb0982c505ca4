#!/bin/sh
# Compiles the AssemblyScript kernels to csv.wasm, counts.wasm and trees.wasm beside this script, unless they are newer than all they are made of.
set -eu
cd "$(dirname "$0")"
trap 'rm -f ./*."$$".tmp' EXIT

# compile NAME ENTRY OPTIONS: AS112 warns of v128 in calls between our own files.
compile() {
  made=$1.$$.tmp
  entry=$2
  name=$1
  shift 2
  if [ -f "$name.wasm" ] && [ -z "$(find assembly layout.ts count-layout.ts build.sh -newer "$name.wasm")" ]; then
    return
  fi
  ../../node_modules/.bin/asc "$entry" --outFile "$made" -O3 --enable simd --runtime stub --noAssert \
    --uncheckedBehavior always --disableWarning 112 "$@"
  mv "$made" "$name.wasm"
}

# Addresses below 4096 are scratch bytes and result slots, see layout.ts and count-layout.ts; 16384 pages are 1 GiB.
compile csv assembly/index.ts --memoryBase 4096 --initialMemory 2 --maximumMemory 16384
compile counts assembly/counts/index.ts --memoryBase 2048 --initialMemory 19 --maximumMemory 19
compile trees assembly/trees/index.ts --memoryBase 1024 --initialMemory 2 --maximumMemory 16384
