/** Binary encoding of function bodies (WebAssembly Core Specification 2.0, chapter 5). */
import { assert, defined } from '../../base/assert.ts';
import type { Expr, FunctionRef, Label, Local, Operator, Stmt, ValueType } from './ast.ts';

export const VALUE_TYPE_CODE: Record<ValueType, number> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
};

const EMPTY_BLOCK_TYPE = 0x40;
/** The type index that every module gives to functions of one i32 without results. */
export const TABLE_CALL_TYPE = 0;

const FIRST_CAPACITY = 256;
const SMALL = 2n ** 31n;

/** Collects bytes; integers in LEB128 (5.2.2). Regions are encoded while the guest waits, so this is quick. */
export class CodeWriter {
  #buffer = new Uint8Array(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written so far; valid until the next write. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  #push(value: number): void {
    if (this.#length === this.#buffer.length) this.#grow(1);
    this.#buffer[this.#length++] = value;
  }

  #grow(count: number): void {
    const grown = new Uint8Array(2 * (this.#length + count));
    grown.set(this.#buffer);
    this.#buffer = grown;
  }

  byte(...values: readonly number[]): this {
    for (const value of values) this.#push(value);
    return this;
  }

  unsigned(value: number): this {
    assert(Number.isInteger(value) && value >= 0, `not an unsigned integer: ${value}`);
    let rest = value;
    do {
      const low = rest % 128;
      rest = Math.floor(rest / 128);
      this.#push(rest > 0 ? low | 0x80 : low);
    } while (rest > 0);
    return this;
  }

  signed(value: bigint): this {
    if (value >= -SMALL && value < SMALL) return this.signed32(Number(value));
    let rest = value;
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) {
        this.#push(low);
        return this;
      }
      this.#push(low | 0x80);
    }
  }

  /** A number that fits in 32 bits with its sign. */
  signed32(value: number): this {
    let rest = value | 0;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
        this.#push(low);
        return this;
      }
      this.#push(low | 0x80);
    }
  }

  name(text: string): this {
    const utf8 = new TextEncoder().encode(text);
    return this.unsigned(utf8.length).append(utf8);
  }

  append(bytes: Uint8Array): this {
    if (this.#length + bytes.length > this.#buffer.length) this.#grow(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }
}

const accessSizes = new Map<Operator, number>();

const log2OfAccess = (op: Operator): number => {
  const known = accessSizes.get(op);
  if (known !== undefined) return known;
  const width = /(?:load|store)(8|16|32)/.exec(op.mnemonic)?.[1] ?? op.mnemonic.slice(1, 3);
  const size = Math.log2(Number(width) / 8);
  accessSizes.set(op, size);
  return size;
};

/** Which way a branch goes, as compilers are told (branch hinting, code metadata 1.0, 2.1). */
export interface BranchHint {
  /** Of the branching instruction, in bytes from the start of the code entry. */
  readonly offset: number;
  readonly likely: boolean;
}

export interface CodeEntry {
  /** Without the leading size. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly hints: readonly BranchHint[];
}

/** Encodes one function's code entry: locals, body, end. */
export class FunctionEncoder {
  readonly #writer = new CodeWriter();
  readonly #labels: Label[] = [];
  readonly #locals = new Map<Local, number>();
  readonly #declared: ValueType[] = [];
  readonly #parameterCount: number;
  readonly #functionIndex: (callee: FunctionRef) => number;
  /** Offsets from the start of the body. */
  readonly #hints: BranchHint[] = [];

  constructor(parameters: readonly Local[], functionIndex: (callee: FunctionRef) => number) {
    this.#parameterCount = parameters.length;
    this.#functionIndex = functionIndex;
    parameters.forEach((parameter, index) => this.#locals.set(parameter, index));
  }

  encode(body: Stmt): CodeEntry {
    this.#stmt(body);
    this.#writer.byte(0x0b);
    const entry = new CodeWriter();
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#declared) {
      const last = runs.at(-1);
      if (last?.type === type) last.count += 1;
      else runs.push({ type, count: 1 });
    }
    entry.unsigned(runs.length);
    for (const run of runs) entry.unsigned(run.count).byte(VALUE_TYPE_CODE[run.type]);
    const start = entry.length;
    return {
      bytes: entry.append(this.#writer.bytes).bytes,
      hints: this.#hints.map(({ offset, likely }) => ({ offset: start + offset, likely })),
    };
  }

  #local(local: Local): number {
    const known = this.#locals.get(local);
    if (known !== undefined) return known;
    const index = this.#parameterCount + this.#declared.length;
    this.#declared.push(local.type);
    this.#locals.set(local, index);
    return index;
  }

  #depth(label: Label): number {
    const at = this.#labels.lastIndexOf(label);
    assert(at >= 0, `branch to ${label.name}, which does not enclose it`);
    return this.#labels.length - 1 - at;
  }

  #expr(node: Expr): void {
    const w = this.#writer;
    switch (node.kind) {
      case 'const':
        this.#constant(node);
        return;
      case 'local':
        w.byte(0x20).unsigned(this.#local(node.local));
        return;
      case 'op':
        for (const arg of node.args) this.#expr(arg);
        w.byte(...node.op.opcode);
        return;
      case 'load':
        this.#expr(node.address);
        w.byte(...node.op.opcode)
          .unsigned(log2OfAccess(node.op))
          .unsigned(node.offset);
        return;
      case 'call':
        for (const arg of node.args) this.#expr(arg);
        w.byte(0x10).unsigned(this.#functionIndex(node.callee));
    }
  }

  #constant(node: Expr & { readonly kind: 'const' }): void {
    const w = this.#writer;
    switch (node.type) {
      case 'i32':
        w.byte(0x41).signed32(Number(node.value));
        return;
      case 'i64':
        w.byte(0x42).signed(BigInt(node.value));
        return;
      case 'f32':
      case 'f64': {
        const bytes = new Uint8Array(node.type === 'f32' ? 4 : 8);
        const view = new DataView(bytes.buffer);
        if (node.type === 'f32') view.setFloat32(0, Number(node.value), true);
        else view.setFloat64(0, Number(node.value), true);
        w.byte(node.type === 'f32' ? 0x43 : 0x44).append(bytes);
      }
    }
  }

  #enclosed(label: Label, body: Stmt): void {
    this.#labels.push(label);
    this.#stmt(body);
    this.#labels.pop();
    this.#writer.byte(0x0b);
  }

  #stmt(node: Stmt): void {
    const w = this.#writer;
    switch (node.kind) {
      case 'seq':
        for (const part of node.body) this.#stmt(part);
        return;
      case 'set':
        this.#expr(node.value);
        w.byte(0x21).unsigned(this.#local(node.local));
        return;
      case 'store':
        this.#expr(node.address);
        this.#expr(node.value);
        w.byte(...node.op.opcode)
          .unsigned(log2OfAccess(node.op))
          .unsigned(node.offset);
        return;
      case 'if':
        this.#if(node);
        return;
      case 'block':
        w.byte(0x02, EMPTY_BLOCK_TYPE);
        this.#enclosed(node.label, node.body);
        return;
      case 'loop':
        w.byte(0x03, EMPTY_BLOCK_TYPE);
        this.#enclosed(node.label, node.body);
        return;
      case 'br':
        w.byte(0x0c).unsigned(this.#depth(node.label));
        return;
      case 'br_if':
        this.#expr(node.condition);
        w.byte(0x0d).unsigned(this.#depth(node.label));
        return;
      case 'switch':
        this.#switch(node);
        return;
      case 'call':
        for (const arg of node.args) this.#expr(arg);
        w.byte(0x10).unsigned(this.#functionIndex(node.callee));
        return;
      case 'call_indirect':
        this.#expr(node.argument);
        this.#expr(node.index);
        w.byte(0x11).unsigned(TABLE_CALL_TYPE).unsigned(0);
        return;
      case 'return_call':
        for (const arg of node.args) this.#expr(arg);
        w.byte(0x12).unsigned(this.#functionIndex(node.callee));
        return;
      case 'drop':
        this.#expr(node.value);
        w.byte(0x1a);
        return;
      case 'return':
        if (node.value) this.#expr(node.value);
        w.byte(0x0f);
        return;
      case 'unreachable':
        w.byte(0x00);
    }
  }

  #if(node: Stmt & { readonly kind: 'if' }): void {
    this.#expr(node.condition);
    if (node.likely !== undefined)
      this.#hints.push({ offset: this.#writer.length, likely: node.likely });
    this.#writer.byte(0x04, EMPTY_BLOCK_TYPE);
    // An `if` is a branch target too, so it takes a place among the labels.
    this.#labels.push({ name: 'if' });
    this.#stmt(node.then);
    if (node.otherwise) {
      this.#writer.byte(0x05);
      this.#stmt(node.otherwise);
    }
    this.#labels.pop();
    this.#writer.byte(0x0b);
  }

  /** Nested blocks, innermost first: case 0's code stands behind the innermost end. */
  #switch(node: Stmt & { readonly kind: 'switch' }): void {
    const w = this.#writer;
    const done: Label = { name: 'switch-end' };
    const entries: Label[] = [...node.cases, node.otherwise].map((_, i) => ({ name: `case-${i}` }));
    this.#labels.push(done);
    w.byte(0x02, EMPTY_BLOCK_TYPE);
    for (const entry of entries.toReversed()) {
      this.#labels.push(entry);
      w.byte(0x02, EMPTY_BLOCK_TYPE);
    }
    this.#expr(node.index);
    w.byte(0x0e).unsigned(node.cases.length);
    for (const entry of entries) w.unsigned(this.#depth(entry));
    [...node.cases, node.otherwise].forEach((body) => {
      this.#labels.pop();
      w.byte(0x0b);
      this.#stmt(body);
      w.byte(0x0c).unsigned(this.#depth(done));
    });
    defined(this.#labels.pop(), 'switch label');
    w.byte(0x0b);
  }
}
