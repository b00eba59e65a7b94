import { describe, expect, it } from 'vitest';
import { guestIdentity, parseManifest } from './guest.ts';

const file = (name: string, digit: string) => ({ name, bytes: 10, sha256: digit.repeat(64) });
const manifest = {
  format: 1,
  commandLine: 'quiet',
  files: {
    firmware: file('fw.bin', '1'),
    kernel: file('Image', '2'),
    initrd: file('initrd.img', '3'),
    root: file('root.erofs', '4'),
  },
  packages: { bash: '5' },
};
const parse = (value: unknown) => parseManifest(JSON.stringify(value), 'Prepare it.');

describe('parseManifest', () => {
  it('reads what the host needs', () => {
    const { commandLine, files } = manifest;
    expect(parse(manifest)).toEqual({ ok: true, value: { commandLine, files } });
  });

  it('tells another version from damage', () => {
    const other = parse({ ...manifest, format: 2 });
    expect(!other.ok && other.error.message).toMatch(/another version/);
    for (const damaged of [
      null,
      [],
      { ...manifest, commandLine: 5 },
      { ...manifest, files: { ...manifest.files, root: undefined } },
      { ...manifest, files: { ...manifest.files, root: file('../../etc/passwd', '4') } },
      { ...manifest, files: { ...manifest.files, root: { ...file('r', '4'), bytes: -1 } } },
      { ...manifest, files: { ...manifest.files, root: { ...file('r', '4'), sha256: 'x' } } },
    ]) {
      const parsed = parse(damaged);
      expect(!parsed.ok && parsed.error.message, JSON.stringify(damaged)).toMatch(
        /damaged|another/,
      );
    }
    expect(parseManifest('{"format":1,', '').ok).toBe(false);
  });
});

it('another file or command line is another guest', () => {
  const identity = (value: unknown): string => {
    const parsed = parse(value);
    return parsed.ok ? new TextDecoder().decode(guestIdentity(parsed.value)) : '';
  };
  const all = [
    manifest,
    { ...manifest, commandLine: 'loud' },
    { ...manifest, files: { ...manifest.files, root: file('root.erofs', '5') } },
  ].map(identity);
  expect(new Set(all).size).toBe(3);
  expect(identity({ ...manifest, packages: {} })).toBe(all[0]);
});
