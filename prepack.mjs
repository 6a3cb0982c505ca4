// What `npm pack` adds to a build: the licences of everything that is shipped.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** The packages of the bundle, and the compiler whose library stands in the kernels. */
const shipped = new Set([...JSON.parse(readFileSync('dist/bundle.json', 'utf8')), 'assemblyscript']);

const notices = [...shipped].sort().map((name) => {
  const { version, license, repository, homepage } = read(name);
  const from = (repository?.url ?? repository ?? homepage ?? '').replace(/^git\+/, '');
  return `${'='.repeat(80)}\n${name} ${version}, ${license}\n${from}\n\n${licenceText(name, license)}\n`;
});
writeFileSync(
  'THIRD-PARTY-NOTICES.txt',
  `Nightshift's package holds the following software. The runtime's native library (onnxruntime) and the Parquet library (parquet-wasm) hold
software of others in turn: https://github.com/microsoft/onnxruntime/blob/v${read('onnxruntime-node').version}/ThirdPartyNotices.txt and
https://github.com/kylebarron/parquet-wasm/blob/main/Cargo.lock.

${notices.join('\n')}`,
);

function read(name) {
  return JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
}

function licenceText(name, license) {
  const files = readdirSync(`node_modules/${name}`).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  if (files.length > 0) return files.map((file) => readFileSync(`node_modules/${name}/${file}`, 'utf8').trim()).join('\n\n');
  if (name.startsWith('@aws-sdk/') && license === 'Apache-2.0') return licenceText('@aws-sdk/client-s3', license);
  if (license !== 'MIT' || !name.startsWith('onnxruntime')) throw new Error(`${name} (${license}) brings no licence text`);
  return mit('Copyright (c) Microsoft Corporation');
}

function mit(holder) {
  return `MIT License

${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS
FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY,
WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
}
