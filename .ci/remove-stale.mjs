// Removes what tsc compiled from sources that are gone: a test would run for ever, and hide that it exists no more.
import { existsSync, readdirSync, rmSync } from 'node:fs';

for (const folder of ['src', 'test', 'bench'].filter((name) => existsSync(`dist/${name}`))) {
  for (const name of readdirSync(`dist/${folder}`, { recursive: true })) {
    const source = `${folder}/${name}`.replace(/\.js(\.map)?$/, '.ts');
    if (source.endsWith('.ts') && !source.endsWith('.d.ts') && !existsSync(source)) rmSync(`dist/${folder}/${name}`);
  }
}
