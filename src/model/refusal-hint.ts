/** Returns true if a message of the runtime says that the system lacks a locale. */
export function isAboutLocale(message: string): boolean {
  return /locale/i.test(message);
}

/** Returns a hint for a model that the runtime refuses, based on its message. */
export function refusalHint(message: string, version: string): string {
  const locale = /locale.*?with name\s*:?\s*"?([\w.@-]+)/i.exec(message)?.[1];
  if (isAboutLocale(message)) {
    return `the model needs the locale ${locale ?? 'in the message'}, which this system lacks: install it (Debian: apt-get install locales, then locale-gen ${locale ?? 'en_US.UTF-8'}), or set the node's "locale" to C.UTF-8 when exporting, which changes the case of all letters but not as that language does (skl2onnx: options={TfidfVectorizer: {"locale": "C.UTF-8"}})`;
  }
  if (/escapes/i.test(message)) {
    return 'the file of weights is a link to outside the folder of the model, which the runtime does not follow: put the file itself there, or export the model into one file';
  }
  if (/external/i.test(message)) {
    return 'the file of weights is shorter than the model says: it is truncated, or a link was copied as text; copy it again';
  }
  if (/opset|is not a registered function|could not find an implementation|no op registered/i.test(message)) {
    return `onnxruntime ${version} runs ONNX up to its own opset; export for an older opset, or without the operator in the message`;
  }
  return 'check that the model passes onnx.checker.check_model and runs in Python with onnxruntime; otherwise export it again';
}
