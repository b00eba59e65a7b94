import { describe, expect, test } from 'vitest';

import { elfSection, loadOrder, moduleDependencies } from './modules.mjs';

/**
 * A relocatable ELF-64 file with the given sections and nothing else.
 * @param {Record<string, string>} sections
 */
function elfWith(sections) {
  const names = ['', ...Object.keys(sections), '.shstrtab'];
  const strings = `${names.join('\0')}\0`;
  const contents = ['', ...Object.values(sections), strings].map((text) => Buffer.from(text));
  const table = 64 + contents.reduce((sum, { length }) => sum + length, 0);
  const file = Buffer.alloc(table + names.length * 64);
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  file.writeBigUInt64LE(BigInt(table), 0x28);
  file.writeUInt16LE(64, 0x3a);
  file.writeUInt16LE(names.length, 0x3c);
  file.writeUInt16LE(names.length - 1, 0x3e);
  let at = 64;
  for (const [index, data] of contents.entries()) {
    const header = table + index * 64;
    data.copy(file, at);
    file.writeUInt32LE(names.slice(0, index).join('\0').length + (index > 0 ? 1 : 0), header);
    file.writeBigUInt64LE(BigInt(at), header + 24);
    file.writeBigUInt64LE(BigInt(data.length), header + 32);
    at += data.length;
  }
  return file;
}

describe('moduleDependencies', () => {
  const info = 'license=GPL\0depends=net_failover,libcrc32c\0name=virtio_net\0';

  test('reads the depends line', () => {
    const elf = elfWith({ '.text': 'xxxx', '.modinfo': info });
    expect(moduleDependencies(elf)).toEqual(['net_failover', 'libcrc32c']);
    expect(Buffer.from(elfSection(elf, '.text') ?? []).toString()).toBe('xxxx');
    expect(elfSection(elf, '.data')).toBeUndefined();
  });

  test('an empty line means none', () => {
    expect(moduleDependencies(elfWith({ '.modinfo': 'depends=\0' }))).toEqual([]);
  });

  test('refuses other files, and ones without the section or cut short', () => {
    expect(() => moduleDependencies(Buffer.from('\xfd7zXZ'))).toThrow('ELF');
    expect(() => moduleDependencies(elfWith({ '.text': '' }))).toThrow('.modinfo');
    expect(() => moduleDependencies(elfWith({ '.modinfo': info }).subarray(0, 80))).toThrow(
      'cut short',
    );
  });
});

describe('loadOrder', () => {
  /** @type {Record<string, string[]>} */
  const needs = { net: ['failover', 'core'], failover: ['core'], core: [], 'a-b': ['core'] };
  /** @param {string} name */
  const dependenciesOf = (name) => Promise.resolve(needs[name] ?? []);

  test('puts each module once, after what it needs', async () => {
    expect(await loadOrder(['net', 'failover', 'a-b'], dependenciesOf)).toEqual([
      'core',
      'failover',
      'net',
      'a_b',
    ]);
  });

  test('refuses a circle', async () => {
    await expect(loadOrder(['x'], () => Promise.resolve(['x']))).rejects.toThrow('needs itself');
  });
});
