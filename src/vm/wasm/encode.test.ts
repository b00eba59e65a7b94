import { describe, expect, it } from 'vitest';
import {
  callIndirect,
  get,
  likely,
  local,
  nothing,
  returnCall,
  seq,
  set,
  type Stmt,
  switchOf,
  unlikely,
  when,
} from './ast.ts';
import { ModuleBuilder } from './module.ts';
import { i32, i64 } from './ops.ts';

/** Far more frames than a stack has room for. */
const DEEP = 1_000_000;

const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });

/** Validates the module and instantiates it. */
function exportsOf(module: ModuleBuilder, env: Record<string, WebAssembly.ImportValue> = {}) {
  const compiled = new WebAssembly.Module(module.encode());
  return new WebAssembly.Instance(compiled, { env: { memory, ...env } }).exports as Record<
    string,
    (...args: unknown[]) => unknown
  >;
}

/** What the functions leave behind. */
const result = (): bigint => new DataView(memory.buffer).getBigInt64(0, true);
const leave = (value: ReturnType<typeof i64.const>): Stmt => i64.store(i32.const(0), value);

describe('return_call', () => {
  it('goes back and forth between functions with parameters, and the stack does not grow', () => {
    const module = new ModuleBuilder();
    const parameters = [local('i32', 'left'), local('i64', 'sum')] as const;
    const [left, sum] = parameters;
    const even = module.declareFunction('even', parameters, undefined);
    const odd = module.declareFunction('odd', parameters, undefined);
    const next = (callee: typeof even, step: number): Stmt =>
      returnCall(callee, i32.sub(get(left), i32.const(1)), i64.add(get(sum), i64.const(step)));
    module.setBody(even, seq(when(i32.eqz(get(left)), leave(get(sum)), next(odd, 1))));
    module.setBody(odd, next(even, 10));
    module.exportFunction(even);
    exportsOf(module)['even']?.(DEEP, 5n);
    expect(result()).toBe(5n + BigInt(DEEP / 2) * 11n);
  });

  it('ends the function: what stands behind it does not run', () => {
    const module = new ModuleBuilder();
    const callee = module.defineFunction('callee', [], undefined, leave(i64.const(1)));
    const caller = module.defineFunction(
      'caller',
      [],
      undefined,
      seq(returnCall(callee), leave(i64.const(2))),
    );
    module.exportFunction(caller);
    exportsOf(module)['caller']?.();
    expect(result()).toBe(1n);
  });

  it('stands in the cases of a switch', () => {
    const module = new ModuleBuilder();
    const callees = [10n, 20n, 30n].map((value) =>
      module.defineFunction(`f${value}`, [], undefined, leave(i64.const(value))),
    );
    const index = local('i32', 'index');
    const cases = callees.map((callee) => returnCall(callee));
    const otherwise = leave(i64.const(-1));
    module.exportFunction(
      module.defineFunction('enter', [index], undefined, switchOf(get(index), cases, otherwise)),
    );
    const { enter } = exportsOf(module);
    const results = [0, 1, 2, 3].map((number) => {
      enter?.(number);
      return result();
    });
    expect(results).toEqual([10n, 20n, 30n, -1n]);
  });
});

describe('call_indirect', () => {
  const table = new WebAssembly.Table({ element: 'anyfunc', initial: 4 });

  it('gives the argument to the function of that index, and goes on behind', () => {
    const callee = new ModuleBuilder();
    const argument = local('i32', 'argument');
    const take = leave(i64.extendI32S(get(argument)));
    callee.exportFunction(callee.defineFunction('take', [argument], undefined, take));
    table.set(3, exportsOf(callee)['take'] ?? null);

    const caller = new ModuleBuilder();
    caller.importTable();
    // A type of another shape comes first in the module.
    const index = local('i32', 'index');
    const value = local('i64', 'value');
    const other = caller.defineFunction('other', [value, value], undefined, nothing);
    const body = seq(
      callIndirect(get(index), i32.const(-7)),
      set(value, i64.mul(i64.load(i32.const(0)), i64.const(6))),
      leave(get(value)),
    );
    caller.exportFunction(other);
    caller.exportFunction(caller.defineFunction('call', [index], undefined, body));
    const { call } = exportsOf(caller, { table });
    call?.(3);
    expect(result()).toBe(-42n);
    expect(() => call?.(2)).toThrow(WebAssembly.RuntimeError);
  });
});

describe('branch hints', () => {
  const CODE_SECTION = 10;
  const IF = 0x04;

  /** Enough of LEB128 for what stands in these modules. */
  const reader = (bytes: Uint8Array) => {
    let at = 0;
    const unsigned = (): number => {
      for (let value = 0, shift = 0; ; shift += 7) {
        const byte = bytes[at++] ?? 0;
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
    };
    const skip = (count: number): void => {
      at += count;
    };
    return { unsigned, skip, at: () => at };
  };

  it('lead to the branches, in whichever function they are', () => {
    const module = new ModuleBuilder();
    const x = local('i32', 'x');
    const wide = local('i64', 'wide');
    // An import, and locals behind the parameters: indices and offsets count both.
    module.importFunction('env', 'other', [], undefined);
    module.defineFunction('none', [x], undefined, when(get(x), leave(i64.const(1))));
    module.defineFunction(
      'both',
      [x],
      undefined,
      seq(
        set(wide, i64.const(300)),
        unlikely(get(x), leave(get(wide))),
        when(get(x), leave(i64.const(2))),
        likely(i32.eqz(get(x)), leave(i64.const(3)), nothing),
      ),
    );
    const bytes = module.encode();
    const compiled = new WebAssembly.Module(bytes);
    const [section = new ArrayBuffer()] = WebAssembly.Module.customSections(
      compiled,
      'metadata.code.branch_hint',
    );
    const { unsigned } = reader(new Uint8Array(section));
    expect([unsigned(), unsigned(), unsigned()]).toEqual([1, 2, 2]);
    const hints = [0, 1].map(() => [unsigned(), unsigned(), unsigned()] as const);
    expect(hints.map(([, size, likely]) => [size, likely])).toEqual([
      [1, 0],
      [1, 1],
    ]);
    const { unsigned: next, skip, at } = reader(bytes);
    skip(8);
    while (next() !== CODE_SECTION) skip(next());
    // Its size, its count of functions, and the first of them.
    expect([next(), next()]).toEqual([expect.any(Number), 2]);
    skip(next());
    next();
    const entry = at();
    expect(hints.map(([offset]) => bytes[entry + offset])).toEqual([IF, IF]);
  });

  it('are left out where there are none', () => {
    const module = new ModuleBuilder();
    module.defineFunction('plain', [], undefined, leave(i64.const(1)));
    const compiled = new WebAssembly.Module(module.encode());
    expect(WebAssembly.Module.customSections(compiled, 'metadata.code.branch_hint')).toEqual([]);
  });
});
