/** What is used of the WebAssembly namespace, which tsc knows only beside the DOM. */
interface WebAssemblyNamespace {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: object };
}

/** Compiles a module; throws where the engine knows no WebAssembly or not all that the module uses. */
export function compiledModule(bytes: Uint8Array): object {
  return new (namespace().Module)(bytes);
}

/** What a new instance of a module without imports exports. */
export function instanceOf(module: object): object {
  return new (namespace().Instance)(module).exports;
}

function namespace(): WebAssemblyNamespace {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyNamespace };
  if (WebAssembly === undefined) throw new Error('the engine knows no WebAssembly');
  return WebAssembly;
}
