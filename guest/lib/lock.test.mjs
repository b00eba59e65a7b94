import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import {
  archiveName,
  formatLock,
  lockChanges,
  parseLock,
  parseShow,
  parseSimulation,
} from './lock.mjs';
import { FIRMWARE_PACKAGE, LEFT_OUT, LOCK_FILE, ROOT_PACKAGES, SUITE } from './recipe.mjs';

/**
 * @param {string} name
 * @param {Partial<import('./lock.mjs').PackagePin>} [change]
 * @returns {import('./lock.mjs').PackagePin}
 */
const pin = (name, change) => ({
  name,
  version: '1:2.3-4+b1',
  architecture: 'riscv64',
  size: 100,
  sha256: 'ab'.repeat(32),
  ...change,
});

/** @type {import('./lock.mjs').PackageLock} */
const LOCK = {
  suite: 'trixie',
  architecture: 'riscv64',
  asked: ['bash'],
  groups: {
    root: [pin('bash'), pin('libc6')],
    kernel: [pin('linux-image-6.12.1+deb13-riscv64')],
    firmware: [pin('opensbi', { architecture: 'all' })],
    source: [pin('linux-source-6.12')],
  },
};

describe('the lock file', () => {
  test('comes back as it was written', () => {
    expect(parseLock(formatLock(LOCK))).toEqual(LOCK);
  });

  test('does not depend on the order packages were found in', () => {
    const turned = { ...LOCK, groups: { ...LOCK.groups, root: [...LOCK.groups.root].reverse() } };
    expect(formatLock(turned)).toBe(formatLock(LOCK));
  });

  test('has a line for each package', () => {
    const lines = formatLock(LOCK).split('\n');
    expect(lines.filter((line) => line.includes('"sha256"'))).toHaveLength(5);
  });

  test.each([
    ['not JSON', '{', 'not JSON'],
    ['another format', '{"format":2}', 'format 1'],
    ['a missing group', formatLock(LOCK).replace('"source"', '"sauce"'), 'source'],
    ['a short digest', formatLock(LOCK).replace('abab', 'ab'), 'not valid'],
    ['a name that is a path', formatLock(LOCK).replace('libc6', '../libc6'), 'not valid'],
    ['a version that is an option', formatLock(LOCK).replace('1:2.3', '-o x'), 'not valid'],
    ['a size of nothing', formatLock(LOCK).replace('"size":100', '"size":0'), 'not valid'],
  ])('with %s is refused', (_, text, reason) => {
    expect(() => parseLock(text)).toThrow(reason);
  });

  test('of this project pins what the recipe asks for', () => {
    const lock = parseLock(readFileSync(LOCK_FILE, 'utf8'));
    expect(lock.suite).toBe(SUITE);
    expect(lock.asked).toEqual(ROOT_PACKAGES);
    const names = lock.groups.root.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(ROOT_PACKAGES));
    expect(names.filter((name) => LEFT_OUT.includes(name))).toEqual([]);
    expect(lock.groups.firmware.map(({ name }) => name)).toEqual([FIRMWARE_PACKAGE]);
    expect(lock.groups.kernel).toHaveLength(1);
    expect(lock.groups.source).toHaveLength(1);
  });
});

describe('lockChanges', () => {
  test('is empty when nothing moved', () => {
    expect(lockChanges(LOCK.groups.root, [...LOCK.groups.root].reverse())).toEqual([]);
  });

  test('tells what moved, came, went, and changed under the same version', () => {
    const before = [pin('a'), pin('b'), pin('c'), pin('d')];
    const after = [
      pin('a', { version: '9' }),
      pin('b', { sha256: 'cd'.repeat(32) }),
      pin('d'),
      pin('e'),
    ];
    expect(lockChanges(before, after)).toEqual([
      'a 1:2.3-4+b1 is now 9',
      'b 1:2.3-4+b1 has other contents',
      'e 1:2.3-4+b1 is new',
      'c is no longer needed',
    ]);
  });
});

test("archiveName is apt's", () => {
  expect(archiveName(pin('bash'))).toBe('bash_1%3a2.3-4+b1_riscv64.deb');
});

describe("apt's answers", () => {
  test('apt-cache show: complete paragraphs are read, others passed over', () => {
    const sha256 = '12'.repeat(32);
    const text = [
      'Package: bash\nVersion: 5.2-1\nArchitecture: riscv64\nSize: 1505644',
      `Depends: libc6 (>= 2.38), libtinfo6\nSHA256: ${sha256}\nDescription: shell\n more\n`,
    ].join('\n');
    expect(parseShow(`${text}\n\nPackage: virtual\n`)).toEqual([
      {
        name: 'bash',
        version: '5.2-1',
        architecture: 'riscv64',
        size: 1505644,
        sha256,
        depends: 'libc6 (>= 2.38), libtinfo6',
      },
    ]);
  });

  test('apt-get --simulate install: names and versions, of any kind of line', () => {
    const text = [
      'NOTE: This is only a simulation!',
      'Inst libc6 (2.41-12 Debian:13.1/stable [riscv64]) []',
      'Inst zlib1g:riscv64 [1.0] (1:1.3.dfsg-1 Debian:13.1/stable [riscv64])',
      'Conf libc6 (2.41-12 Debian:13.1/stable [riscv64])',
    ].join('\n');
    expect(parseSimulation(text)).toEqual([
      { name: 'libc6', version: '2.41-12' },
      { name: 'zlib1g', version: '1:1.3.dfsg-1' },
    ]);
  });
});
