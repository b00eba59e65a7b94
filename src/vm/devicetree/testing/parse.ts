/** A device tree read back from its blob. */
export interface ParsedNode {
  readonly name: string;
  readonly properties: Map<string, Uint8Array>;
  readonly children: ParsedNode[];
}

export interface ParsedTree {
  readonly root: ParsedNode;
  readonly version: number;
  readonly lastCompatibleVersion: number;
}

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

/**
 * Reads a flattened device tree strictly by the specification (v0.4, chapter 5), without the
 * writer's code: bounds, alignment, padding, block order, unique names. Throws on any fault.
 */
export class TreeParser {
  readonly #blob: Uint8Array;
  readonly #view: DataView;
  readonly #strings: number;
  readonly #stringsEnd: number;
  readonly #end: number;
  #at: number;

  private constructor(blob: Uint8Array) {
    this.#blob = blob;
    this.#view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
    check(this.#header(0) === 0xd00dfeed, 'magic');
    check(this.#header(1) === blob.length, 'total size');
    this.#at = this.#header(2);
    this.#strings = this.#header(3);
    const reservations = this.#header(4);
    this.#stringsEnd = this.#strings + this.#header(8);
    this.#end = this.#at + this.#header(9);
    check(reservations % 8 === 0 && reservations >= 40, 'alignment of the reservation block');
    check(this.#view.getBigUint64(reservations) === 0n, 'reserved memory');
    check(this.#view.getBigUint64(reservations + 8) === 0n, 'reserved memory');
    check(this.#at % 4 === 0 && this.#at >= reservations + 16, 'place of the structure block');
    check(this.#end <= this.#strings && this.#stringsEnd <= blob.length, 'order of the blocks');
  }

  static parse(blob: Uint8Array): ParsedTree {
    const parser = new TreeParser(blob);
    check(parser.#cell() === 1, 'root node');
    const root = parser.#node();
    check(root.name === '', 'name of the root');
    check(parser.#cell() === 9 && parser.#at === parser.#end, 'end of the structure block');
    return { root, version: parser.#header(5), lastCompatibleVersion: parser.#header(6) };
  }

  #header(cell: number): number {
    return this.#view.getUint32(cell * 4);
  }

  #cell(): number {
    check(this.#at + 4 <= this.#end, 'structure block too short');
    const value = this.#view.getUint32(this.#at);
    this.#at += 4;
    return value;
  }

  #text(from: number, limit: number): string {
    const end = this.#blob.indexOf(0, from);
    check(end >= from && end < limit, 'string without an end');
    return String.fromCharCode(...this.#blob.subarray(from, end));
  }

  #pad(): void {
    for (; this.#at % 4 !== 0; this.#at++) check(this.#blob[this.#at] === 0, 'padding');
  }

  #node(): ParsedNode {
    const name = this.#text(this.#at, this.#end);
    this.#at += name.length + 1;
    this.#pad();
    const node: ParsedNode = { name, properties: new Map(), children: [] };
    for (;;) {
      const token = this.#cell();
      if (token === 2) return node;
      if (token === 1) {
        const child = this.#node();
        check(!node.children.some((other) => other.name === child.name), `two nodes ${child.name}`);
        node.children.push(child);
        continue;
      }
      check(token === 3, `token ${token}`);
      check(node.children.length === 0, 'a property after a child');
      const length = this.#cell();
      const property = this.#text(this.#strings + this.#cell(), this.#stringsEnd);
      check(!node.properties.has(property), `two properties ${property}`);
      check(this.#at + length <= this.#end, 'property too long');
      node.properties.set(property, this.#blob.slice(this.#at, this.#at + length));
      this.#at += length;
      this.#pad();
    }
  }
}

/** The node at a path such as `/soc/serial@10000000`. */
export function find(root: ParsedNode, path: string): ParsedNode {
  let node = root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    const child = node.children.find((candidate) => candidate.name === name);
    if (child === undefined) throw new Error(`no ${name} in ${path}`);
    node = child;
  }
  return node;
}

function property(node: ParsedNode, name: string): Uint8Array {
  const value = node.properties.get(name);
  if (value === undefined) throw new Error(`no ${name} in ${node.name}`);
  return value;
}

export function cellsOf(node: ParsedNode, name: string): number[] {
  const value = property(node, name);
  check(value.length % 4 === 0, `${name} has whole cells`);
  const view = new DataView(value.buffer);
  return Array.from({ length: value.length / 4 }, (_, index) => view.getUint32(index * 4));
}

export function stringsOf(node: ParsedNode, name: string): string[] {
  const text = String.fromCharCode(...property(node, name));
  check(text.endsWith('\0'), `${name} has an end`);
  return text.slice(0, -1).split('\0');
}
