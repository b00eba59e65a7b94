/** A node of a device tree, before it is flattened. */
export interface TreeNode {
  /** With the unit address: `serial@10000000`; empty for the root. */
  readonly name: string;
  readonly properties: readonly TreeProperty[];
  readonly children: readonly TreeNode[];
}

export interface TreeProperty {
  readonly name: string;
  readonly value: Uint8Array;
}

/** A property without a value. */
export function flag(name: string): TreeProperty {
  return { name, value: new Uint8Array(0) };
}

/** 32-bit cells, big-endian. */
export function cells(name: string, ...values: readonly number[]): TreeProperty {
  const value = new Uint8Array(values.length * 4);
  const view = new DataView(value.buffer);
  values.forEach((cell, index) => {
    view.setUint32(index * 4, cell);
  });
  return { name, value };
}

/** A 64-bit number as two cells; exact up to 2^53. */
export function cell64(value: number): readonly [high: number, low: number] {
  return [Math.floor(value / 2 ** 32), value >>> 0];
}

/** One or more zero-terminated ASCII strings. */
export function strings(name: string, ...values: readonly string[]): TreeProperty {
  return { name, value: ascii(values.map((value) => `${value}\0`).join('')) };
}

export function bytes(name: string, value: Uint8Array): TreeProperty {
  return { name, value };
}

/** @throws {RangeError} for a character outside ASCII: device trees have no other. */
export function ascii(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) throw new RangeError(`not ASCII: ${text}`);
    out[i] = code;
  }
  return out;
}
