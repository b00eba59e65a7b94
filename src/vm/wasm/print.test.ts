import { beforeAll, describe, expect, it } from 'vitest';
import wabt from 'wabt';
import {
  block,
  br,
  brIf,
  callIndirect,
  callVoid,
  drop,
  get,
  label,
  local,
  loop,
  madeFrom,
  nothing,
  returnCall,
  returns,
  seq,
  set,
  switchOf,
  when,
} from './ast.ts';
import { MAX_MEMORY_PAGES, ModuleBuilder } from './module.ts';
import { f32, f64, i32, i64, select } from './ops.ts';
import { printFunction } from './print.ts';

let tools: Awaited<ReturnType<typeof wabt>>;
beforeAll(async () => {
  tools = await wabt();
});

/** The whole module as text, put together from its functions'. */
function moduleText(module: ModuleBuilder, importsTable: boolean): string {
  const imports = module.imports.map(({ module: from, ref }) => {
    const parameters = ref.params.map((type) => ` (param ${type})`).join('');
    const result = ref.result ? ` (result ${ref.result})` : '';
    return `(import "${from}" "${ref.name}" (func $${ref.name}${parameters}${result}))`;
  });
  return [
    '(module (type (func (param i32)))',
    `(import "env" "memory" (memory 1 ${MAX_MEMORY_PAGES} shared))`,
    ...(importsTable ? ['(import "env" "table" (table 0 funcref))'] : []),
    ...imports,
    ...module.functions.flatMap((defined) => printFunction(defined)),
    ')',
  ].join('\n');
}

/** Assembles the text with somebody else's assembler. */
function assembled(text: string): Uint8Array {
  const parsed = tools.parseWat('module.wat', text, { threads: true, tail_call: true });
  const { buffer } = parsed.toBinary({});
  parsed.destroy();
  return buffer;
}

/** The same bytes from the encoder and from the text. */
function expectSameCode(module: ModuleBuilder, importsTable = false): void {
  const text = moduleText(module, importsTable);
  // Without exports the encoder writes an empty section for them, which an assembler leaves out.
  const bytes = Buffer.from(module.encode());
  const encoded = bytes.toString('hex').replace('070100', '');
  expect([text, Buffer.from(assembled(text)).toString('hex')]).toEqual([text, encoded]);
}

describe('printed functions', () => {
  it('assemble to the bytes of the encoder: numbers, locals, memory', () => {
    const module = new ModuleBuilder();
    const p = local('i32', 'p');
    const x = local('i64', 'x');
    // Another local of the same name.
    const other = local('i64', 'x');
    const single = local('f32', 'single');
    const double = local('f64', 'double');
    const body = seq(
      set(x, i64.const(-(2n ** 63n))),
      set(other, i64.add(get(x), i64.load(get(p), 8))),
      set(single, f32.add(f32.reinterpretI32(i32.const(-1)), get(single))),
      set(double, f64.mul({ kind: 'const', type: 'f64', value: -0 }, get(double))),
      set(double, { kind: 'const', type: 'f64', value: 0.1 }),
      set(double, { kind: 'const', type: 'f64', value: Infinity }),
      set(single, { kind: 'const', type: 'f32', value: Math.fround(0.1) }),
      i64.store16(get(p), get(other), 6),
      i32.store8(get(p), i32.load16U(get(p), 4)),
      drop(select(get(x), get(other), i32.eqz(get(p)))),
      returns(get(x)),
    );
    module.defineFunction('f', [p], 'i64', body);
    expectSameCode(module);
  });

  it('assemble to the bytes of the encoder: control flow', () => {
    const module = new ModuleBuilder();
    const leaf = module.importFunction('leaves', 'leaf', ['i32', 'i64'] as const, 'i32');
    const say = module.importFunction('leaves', 'say', ['i64'] as const, undefined);
    module.importTable();
    const n = local('i32', 'n');
    const again = label('again');
    const out = label('out');
    // Another label of the same name, inside.
    const inner = label('out');
    const f = module.declareFunction('f', [n], undefined);
    const call = { kind: 'call', type: 'i32', callee: leaf, args: [get(n), i64.const(7)] } as const;
    const body = block(
      out,
      loop(
        again,
        block(inner, brIf(inner, get(n)), br(out)),
        when(i32.eqz(get(n)), br(again), seq(callVoid(say, i64.const(1)), returns())),
        when(get(n), callIndirect(get(n), call)),
        switchOf(
          get(n),
          [br(again), nothing, switchOf(get(n), [br(out)], br(again))],
          returnCall(f, get(n)),
        ),
        br(again),
      ),
      { kind: 'unreachable' },
    );
    module.setBody(f, body);
    module.defineFunction('g', [], undefined, nothing);
    expectSameCode(module, true);
  });

  it('keeps short expressions on a line, breaks long ones, and says where they are from', () => {
    const x = local('i64', 'x');
    let sum = get(x);
    for (let i = 0; i < 4; i++) sum = i64.add(sum, i64.load(i32.const(0), 4096 + i));
    const origin = { name: 'the sum' };
    const module = new ModuleBuilder();
    const body = seq(set(x, i64.const(1)), madeFrom(origin, set(x, sum)));
    module.defineFunction('f', [], undefined, body);
    const [made] = module.functions;
    const lines = made ? printFunction(made, (from) => (from === origin ? [origin.name] : [])) : [];
    expect(lines.slice(0, 6)).toEqual([
      '(func $f',
      '  (local $x i64)',
      '  (local.set $x (i64.const 1))',
      '  ;; the sum',
      '  (local.set $x',
      '    (i64.add',
    ]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});
