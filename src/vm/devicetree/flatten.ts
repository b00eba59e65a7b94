import { ascii, type TreeNode } from './tree.ts';

/** Devicetree specification v0.4, chapter 5. All numbers are big-endian. */
const MAGIC = 0xd00dfeed;
const VERSION = 17;
const LAST_COMPATIBLE_VERSION = 16;
const HEADER_BYTES = 40;
/** The terminating entry; the memory reservation block holds nothing else. */
const RESERVATION_BYTES = 16;
const FDT_BEGIN_NODE = 1;
const FDT_END_NODE = 2;
const FDT_PROP = 3;
const FDT_END = 9;

/** Collects the structure block and the strings block. */
class Flattener {
  readonly #structure: number[] = [];
  readonly #strings: number[] = [];
  readonly #offsets = new Map<string, number>();

  node(node: TreeNode): void {
    this.#cell(FDT_BEGIN_NODE);
    this.#padded(ascii(`${node.name}\0`));
    for (const { name, value } of node.properties) {
      this.#cell(FDT_PROP);
      this.#cell(value.length);
      this.#cell(this.#string(name));
      this.#padded(value);
    }
    for (const child of node.children) this.node(child);
    this.#cell(FDT_END_NODE);
  }

  #cell(value: number): void {
    this.#structure.push(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
  }

  #padded(bytes: Uint8Array): void {
    for (const byte of bytes) this.#structure.push(byte);
    while (this.#structure.length % 4 !== 0) this.#structure.push(0);
  }

  #string(name: string): number {
    const known = this.#offsets.get(name);
    if (known !== undefined) return known;
    const offset = this.#strings.length;
    this.#strings.push(...ascii(`${name}\0`));
    this.#offsets.set(name, offset);
    return offset;
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.#cell(FDT_END);
    const structureAt = HEADER_BYTES + RESERVATION_BYTES;
    const stringsAt = structureAt + this.#structure.length;
    const total = stringsAt + this.#strings.length;
    const blob = new Uint8Array(total);
    const view = new DataView(blob.buffer);
    [
      MAGIC,
      total,
      structureAt,
      stringsAt,
      HEADER_BYTES,
      VERSION,
      LAST_COMPATIBLE_VERSION,
      0, // boot hart
      this.#strings.length,
      this.#structure.length,
    ].forEach((cell, index) => {
      view.setUint32(index * 4, cell);
    });
    blob.set(this.#structure, structureAt);
    blob.set(this.#strings, stringsAt);
    return blob;
  }
}

/** Flattens a device tree into a blob ("DTB"), to be placed at an 8-byte aligned address. */
export function flatten(root: TreeNode): Uint8Array<ArrayBuffer> {
  const flattener = new Flattener();
  flattener.node(root);
  return flattener.finish();
}
