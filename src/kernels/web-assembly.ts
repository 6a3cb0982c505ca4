/** The part of the WebAssembly namespace that is used here; tsc knows it only as part of the DOM. */
interface WebAssemblyNamespace {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: object };
}

/** Compiles a module; throws if the engine has no WebAssembly or lacks a feature of the module. */
export function compiledModule(bytes: Uint8Array): object {
  return new (namespace().Module)(bytes);
}

/** Returns the exports of a new instance of a module without imports. */
export function instanceOf(module: object): object {
  return new (namespace().Instance)(module).exports;
}

function namespace(): WebAssemblyNamespace {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyNamespace };
  if (WebAssembly === undefined) throw new Error('the engine does not support WebAssembly');
  return WebAssembly;
}
