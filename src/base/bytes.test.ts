import { expect, it } from 'vitest';
import { ByteReader, ByteWriter } from './bytes.ts';

it.each(['', 'cpu', 'a'.repeat(300), 'Zürich', 'über alles, 日本', '\u007f\u0080'])(
  'writes %j as UTF-8 behind its length in bytes',
  (text) => {
    const bytes = new ByteWriter().u8(9).text(text).u16(0x1234).finish();
    const encoded = new TextEncoder().encode(text);
    expect([...bytes]).toEqual([
      9,
      ...new Uint8Array(Uint32Array.of(encoded.length).buffer),
      ...encoded,
      0x34,
      0x12,
    ]);
    const reader = new ByteReader(bytes);
    reader.u8();
    expect(reader.text(1000)).toBe(text);
  },
);

it('writes nested parts behind their lengths', () => {
  const inner = new Uint8Array(1000).fill(5);
  const bytes = new ByteWriter()
    .u8(1)
    .nested((writer) => writer.u8(2).nested((deeper) => deeper.raw(inner)))
    .nested(() => undefined)
    .finish();
  const reader = new ByteReader(bytes);
  reader.u8();
  const outer = new ByteReader(reader.bytes(2000));
  expect([outer.u8(), outer.bytes(2000), outer.remaining]).toEqual([2, inner, 0]);
  expect([reader.u32(), reader.remaining]).toEqual([0, 0]);
});
