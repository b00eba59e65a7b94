import { describe, expect, test } from 'vitest';

import { cpioArchive } from './cpio.mjs';

/**
 * A reader of the format, written from the kernel's description of it alone.
 * @param {Buffer} archive
 */
function read(archive) {
  const entries = [];
  let at = 0;
  const aligned = () => (at + 3) & ~3;
  for (;;) {
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const fields = Array.from({ length: 13 }, (_, index) => {
      const start = at + 6 + index * 8;
      return Number.parseInt(archive.toString('latin1', start, start + 8), 16);
    });
    const [inode, mode = 0, uid, gid, links, time, size = 0, , , major, minor, nameSize = 0] =
      fields;
    const name = archive.toString('utf8', at + 110, at + 110 + nameSize - 1);
    expect(archive[at + 110 + nameSize - 1]).toBe(0);
    at += 110 + nameSize;
    at = aligned();
    const data = archive.subarray(at, at + size);
    at += size;
    at = aligned();
    if (name === 'TRAILER!!!') return { entries, length: at };
    entries.push({ name, inode, mode, uid, gid, links, time, major, minor, data });
  }
}

describe('cpioArchive', () => {
  const archive = cpioArchive(
    [
      { kind: 'directory', path: 'dev', mode: 0o755 },
      { kind: 'character', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
      { kind: 'file', path: 'init', mode: 0o755, data: Buffer.from('hello') },
      { kind: 'file', path: 'empty', mode: 0o644, data: new Uint8Array(0) },
      { kind: 'symlink', path: 'link', target: 'init' },
    ],
    1_700_000_000,
  );
  const { entries, length } = read(archive);

  test('keeps names, types, modes and contents', () => {
    expect(entries.map(({ name, mode }) => [name, mode.toString(8)])).toEqual([
      ['dev', '40755'],
      ['dev/console', '20600'],
      ['init', '100755'],
      ['empty', '100644'],
      ['link', '120777'],
    ]);
    expect(entries.map(({ data }) => data.toString())).toEqual(['', '', 'hello', '', 'init']);
    expect(entries[1]).toMatchObject({ major: 5, minor: 1 });
  });

  test('makes everything the property of root, at the given time, with own inodes', () => {
    for (const entry of entries) {
      expect(entry).toMatchObject({ uid: 0, gid: 0, time: 1_700_000_000 });
    }
    expect(new Set(entries.map(({ inode }) => inode)).size).toBe(entries.length);
  });

  test('ends where it should, on a word', () => {
    expect(length).toBe(archive.length);
    expect(archive.length % 4).toBe(0);
  });

  test.each([
    ['an absolute name', { kind: 'directory', path: '/dev', mode: 0o755 }],
    ['an empty name', { kind: 'directory', path: '', mode: 0o755 }],
    ['the name of the end', { kind: 'directory', path: 'TRAILER!!!', mode: 0o755 }],
    ['a file before its folder', { kind: 'symlink', path: 'a/b', target: 'c' }],
  ])('refuses %s', (_, entry) => {
    const one = /** @type {import('./cpio.mjs').CpioEntry} */ (entry);
    expect(() => cpioArchive([one], 0)).toThrow(RangeError);
  });

  test('refuses a name twice and a time beyond 32 bits', () => {
    /** @type {import('./cpio.mjs').CpioEntry} */
    const folder = { kind: 'directory', path: 'dev', mode: 0o755 };
    expect(() => cpioArchive([folder, folder], 0)).toThrow('twice');
    expect(() => cpioArchive([folder], 2 ** 32)).toThrow('header field');
  });
});
