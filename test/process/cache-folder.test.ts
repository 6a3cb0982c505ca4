import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { cacheFolder, readCached, writeCached } from '../../src/process/cache-folder.js';
import { temporaryFolder } from '../temporary-folder.js';

const content = Buffer.from('compiled');
const before = { ...process.env };
let above = '';
let folder = '';

const isRoot = process.getuid?.() === 0;

describe('the cache of a user', { timeout: 10_000 }, () => {
  beforeEach(() => {
    above = temporaryFolder();
    folder = join(above, 'nightshift');
    process.env['XDG_CACHE_HOME'] = above;
    delete process.env['NIGHTSHIFT_NO_CACHE'];
  });

  afterEach(() => {
    process.env['XDG_CACHE_HOME'] = before['XDG_CACHE_HOME'];
    if (before['XDG_CACHE_HOME'] === undefined) delete process.env['XDG_CACHE_HOME'];
  });

  it('returns what was kept, from a folder that only this user can enter', () => {
    assert.equal(readCached('a'), null);
    writeCached('a', content);
    assert.deepEqual(readCached('a'), content);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(folder), ['a']);
    assert.equal(statSync(join(folder, 'a')).mode & 0o777, 0o600);
  });

  it('returns nothing of a file that is damaged, cut short, or renamed', () => {
    writeCached('a', content);
    const whole = readFileSync(join(folder, 'a'));
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1;
      writeFileSync(join(folder, 'a'), damaged);
      assert.equal(readCached('a'), null, `byte ${at}`);
      writeFileSync(join(folder, 'a'), whole.subarray(0, at));
      assert.equal(readCached('a'), null, `the first ${at} bytes`);
    }
    writeFileSync(join(folder, 'a'), whole);
    assert.deepEqual(readCached('a'), content);
    renameSync(join(folder, 'a'), join(folder, 'b'));
    assert.equal(readCached('b'), null);
  });

  it('neither reads nor fills a folder or a file that others could have written', () => {
    writeCached('a', content);
    for (const mode of [0o770, 0o707, 0o755]) {
      chmodSync(folder, mode);
      assert.equal(readCached('a'), null, mode.toString(8));
      writeCached('b', content);
      assert.deepEqual(readdirSync(folder), ['a']);
    }
    chmodSync(folder, 0o700);
    chmodSync(join(folder, 'a'), 0o620);
    assert.equal(readCached('a'), null);
    chmodSync(join(folder, 'a'), 0o600);
    renameSync(join(folder, 'a'), join(above, 'elsewhere'));
    symlinkSync(join(above, 'elsewhere'), join(folder, 'a'));
    assert.equal(readCached('a'), null);
    renameSync(folder, join(above, 'real'));
    symlinkSync(join(above, 'real'), folder);
    writeCached('b', content);
    assert.equal(readCached('b'), null);
  });

  it('leaves out what cannot be written', { skip: isRoot && 'root may write anywhere' }, () => {
    chmodSync(above, 0o500);
    writeCached('a', content);
    assert.equal(readCached('a'), null);
    chmodSync(above, 0o700);
  });

  it('is no folder but a file, or switched off: nothing is kept', () => {
    writeFileSync(folder, '');
    writeCached('a', content);
    assert.equal(readCached('a'), null);
    process.env['NIGHTSHIFT_NO_CACHE'] = '1';
    assert.equal(cacheFolder(), null);
    delete process.env['NIGHTSHIFT_NO_CACHE'];
    process.env['XDG_CACHE_HOME'] = 'relative';
    assert.match(cacheFolder() ?? '', /\/\.cache\/nightshift$/);
  });

  it('is written by one process at a time; what another one left behind is taken over after a minute', () => {
    mkdirSync(folder, { mode: 0o700 });
    const begun = join(folder, '.a.tmp');
    writeFileSync(begun, 'half');
    writeCached('a', content);
    assert.equal(readCached('a'), null);
    utimesSync(begun, 0, Date.now() / 1000 - 100);
    writeCached('a', content);
    assert.deepEqual(readCached('a'), content);
  });

  it('forgets what nobody has used for a month, and marks what is used', () => {
    for (const [name, days] of [
      ['used', 20],
      ['unused', 31],
    ] as const) {
      writeCached(name, content);
      const at = Date.now() / 1000 - days * 86_400;
      utimesSync(join(folder, name), at, at);
    }
    assert.deepEqual(readCached('used'), content);
    assert.ok(Date.now() - statSync(join(folder, 'used')).mtimeMs < 10_000);
    writeCached('new-1', content);
    assert.deepEqual(readdirSync(folder).sort(), ['new-1', 'unused', 'used'], 'most writes do not look');
    writeCached('new-0', content);
    assert.deepEqual(readdirSync(folder).sort(), ['new-0', 'new-1', 'used']);
  });
});
