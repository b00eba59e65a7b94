/**
 * Functions as WebAssembly text (Core Specification 2.0, chapter 6), folded: what `encode.ts` makes bytes of,
 * for people. Assembled again it gives the same bytes.
 */
import type { Expr, Label, Local, Operator, Stmt } from './ast.ts';
import type { DefinedFunction } from './module.ts';

/** An expression that fits in this many columns stays on one line. */
const WIDTH = 100;
const STEP = '  ';

/** What is known of an origin, as lines of comment; none for nothing. */
export type DescribeOrigin = (origin: object) => readonly string[];

/** Gives each thing a name of its own, near the one that it has. */
class Names<T extends { readonly name: string }> {
  readonly #names = new Map<T, string>();
  readonly #taken = new Map<string, number>();

  of(thing: T): string {
    const known = this.#names.get(thing);
    if (known !== undefined) return known;
    const count = (this.#taken.get(thing.name) ?? 0) + 1;
    this.#taken.set(thing.name, count);
    const name = count === 1 ? `$${thing.name}` : `$${thing.name}~${count}`;
    this.#names.set(thing, name);
    return name;
  }
}

interface Folded {
  readonly head: string;
  readonly args: readonly Folded[];
}

const flat = ({ head, args }: Folded): string =>
  `(${[head, ...args.map((arg) => flat(arg))].join(' ')})`;

/** Numbers as text that means exactly them. */
function numberText(value: number | bigint): string {
  if (Object.is(value, -0)) return '-0';
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  return Number.isNaN(value) ? 'nan' : String(value);
}

const access = (op: Operator, offset: number): string =>
  offset === 0 ? op.mnemonic : `${op.mnemonic} offset=${offset}`;

class FunctionPrinter {
  readonly #describe: DescribeOrigin;
  readonly #locals = new Names<Local>();
  readonly #labels = new Names<Label>();
  /** In the order in which the encoder gives them numbers. */
  readonly #declared = new Set<Local>();
  readonly #lines: string[] = [];
  #indent = STEP;

  constructor(describe: DescribeOrigin) {
    this.#describe = describe;
  }

  print({ ref, parameters, body }: DefinedFunction): readonly string[] {
    const list = parameters.map((local) => ` (param ${this.#local(local)} ${local.type})`).join('');
    const result = ref.result === undefined ? '' : ` (result ${ref.result})`;
    this.#declared.clear();
    for (const parameter of parameters) this.#declared.add(parameter);
    this.#stmt(body);
    const own = [...this.#declared].slice(parameters.length);
    const locals = own.map((local) => `${STEP}(local ${this.#local(local)} ${local.type})`);
    return [`(func $${ref.name}${list}${result}`, ...locals, ...this.#lines, ')'];
  }

  #local(local: Local): string {
    this.#declared.add(local);
    return this.#locals.of(local);
  }

  #line(text: string): void {
    this.#lines.push(this.#indent + text);
  }

  #fold(folded: Folded): void {
    const line = flat(folded);
    if (folded.args.length === 0 || this.#indent.length + line.length <= WIDTH) {
      this.#line(line);
      return;
    }
    this.#enclosed(`(${folded.head}`, () => {
      for (const arg of folded.args) this.#fold(arg);
    });
  }

  /** What `inside` prints, indented, up to the bracket that closes `head`. */
  #enclosed(head: string, inside: () => void): void {
    this.#line(head);
    const before = this.#indent;
    this.#indent += STEP;
    inside();
    this.#indent = before;
    this.#line(')');
  }

  #expr(node: Expr): Folded {
    switch (node.kind) {
      case 'const':
        return { head: `${node.type}.const ${numberText(node.value)}`, args: [] };
      case 'local':
        return { head: `local.get ${this.#local(node.local)}`, args: [] };
      case 'op':
        return { head: node.op.mnemonic, args: node.args.map((arg) => this.#expr(arg)) };
      case 'load':
        return { head: access(node.op, node.offset), args: [this.#expr(node.address)] };
      case 'call':
        return {
          head: `call $${node.callee.name}`,
          args: node.args.map((arg) => this.#expr(arg)),
        };
    }
  }

  #stmt(node: Stmt): void {
    switch (node.kind) {
      case 'seq':
        if (node.origin) for (const line of this.#describe(node.origin)) this.#line(`;; ${line}`);
        for (const part of node.body) this.#stmt(part);
        return;
      case 'if':
        if (node.likely !== undefined)
          this.#line(`(@metadata.code.branch_hint "\\0${node.likely ? 1 : 0}")`);
        this.#enclosed('(if', () => {
          this.#fold(this.#expr(node.condition));
          this.#enclosed('(then', () => {
            this.#stmt(node.then);
          });
          const { otherwise } = node;
          if (otherwise)
            this.#enclosed('(else', () => {
              this.#stmt(otherwise);
            });
        });
        return;
      case 'block':
      case 'loop':
        this.#enclosed(`(${node.kind} ${this.#labels.of(node.label)}`, () => {
          this.#stmt(node.body);
        });
        return;
      case 'switch':
        this.#switch(node);
        return;
      default:
        this.#fold(this.#plain(node));
    }
  }

  /** A statement without others in it. */
  #plain(node: Exclude<Stmt, { kind: 'seq' | 'if' | 'block' | 'loop' | 'switch' }>): Folded {
    switch (node.kind) {
      case 'set': {
        // The encoder comes to the value first.
        const value = this.#expr(node.value);
        return { head: `local.set ${this.#local(node.local)}`, args: [value] };
      }
      case 'store':
        return {
          head: access(node.op, node.offset),
          args: [this.#expr(node.address), this.#expr(node.value)],
        };
      case 'br':
        return { head: `br ${this.#labels.of(node.label)}`, args: [] };
      case 'br_if':
        return {
          head: `br_if ${this.#labels.of(node.label)}`,
          args: [this.#expr(node.condition)],
        };
      case 'call':
      case 'return_call':
        return {
          head: `${node.kind} $${node.callee.name}`,
          args: node.args.map((arg) => this.#expr(arg)),
        };
      case 'call_indirect':
        return {
          head: 'call_indirect (param i32)',
          args: [this.#expr(node.argument), this.#expr(node.index)],
        };
      case 'drop':
        return { head: 'drop', args: [this.#expr(node.value)] };
      case 'return':
        return { head: 'return', args: node.value ? [this.#expr(node.value)] : [] };
      case 'unreachable':
        return { head: 'unreachable', args: [] };
    }
  }

  /** As the encoder has it: nested blocks, and each case behind the end of its own. */
  #switch({ index, cases, otherwise }: Stmt & { readonly kind: 'switch' }): void {
    const done = this.#labels.of({ name: 'switch-end' });
    const bodies = [...cases, otherwise];
    const entries = bodies.map((_, number) => this.#labels.of({ name: `case-${number}` }));
    const within = (number: number): void => {
      const body = bodies[number];
      if (!body) {
        this.#fold({ head: `br_table ${entries.join(' ')}`, args: [this.#expr(index)] });
        return;
      }
      this.#enclosed(`(block ${entries[number] ?? ''}`, () => {
        within(number - 1);
      });
      this.#stmt(body);
      this.#line(`(br ${done})`);
    };
    this.#enclosed(`(block ${done}`, () => {
      within(bodies.length - 1);
    });
  }
}

/** A function's text, a line each; `describe` tells of what its parts were made from. */
export const printFunction = (
  defined: DefinedFunction,
  describe: DescribeOrigin = () => [],
): readonly string[] => new FunctionPrinter(describe).print(defined);
