import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileSource } from './file-source.ts';

describe('FileSource', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('reads anywhere, and zeros behind the end of the file', () => {
    const path = join(folder, 'disk');
    writeFileSync(
      path,
      new Uint8Array(1000).map((_, i) => i & 0xff),
    );
    const source = FileSource.open(path);
    if (!source.ok) throw new Error(source.error.message);
    expect(source.value.size).toBe(1024);
    const target = new Uint8Array(512).fill(9);
    source.value.read(512, target);
    expect(target.slice(0, 488)).toEqual(new Uint8Array(488).map((_, i) => (512 + i) & 0xff));
    expect(target.slice(488)).toEqual(new Uint8Array(24));
    truncateSync(path, 100);
    expect(() => {
      source.value.read(0, target);
    }).toThrow(/shorter/);
    source.value.close();
  });

  it('says what is wrong with a path', () => {
    const empty = join(folder, 'empty');
    writeFileSync(empty, '');
    for (const [path, expected] of [
      [join(folder, 'none'), /does not exist/],
      [folder, /not a file/],
      [empty, /not a file with contents/],
    ] as const) {
      const source = FileSource.open(path);
      expect(source.ok ? '' : source.error.message).toMatch(expected);
    }
  });
});
