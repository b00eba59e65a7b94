import { describe, expect, it } from 'vitest';
import { Code } from '../../../test/fuzz/code.ts';
import { T0, T1, ZERO, addi, bne, jal, sd } from '../../../test/fuzz/encode.ts';
import { CPU_PC, RAM_PHYSICAL, X_REGISTERS } from '../layout.ts';
import { Cells } from '../machine/cells.ts';
import type { EngineName } from '../machine/engine.ts';
import { Machine } from '../machine/machine.ts';
import { createMachineMemory } from '../machine/memory.ts';
import { ExplainedTranslation } from './explain.ts';
import type { DoneJob } from './service.ts';

const RAM_BYTES = 1 << 20;
const AT = BigInt(RAM_PHYSICAL) + 0x1000n;
const at = (offset: number): string => `0x${(AT + BigInt(offset)).toString(16)}`;

/** Notes the bytes that the engine gets. */
class Watched extends ExplainedTranslation {
  readonly sizes: number[] = [];

  override take(): DoneJob | undefined {
    const done = super.take();
    if (done?.translation) this.sizes.push(done.translation.bytes.length);
    return done;
  }
}

/** A machine that has run a loop, a compressed instruction among it. */
function run(engine: EngineName) {
  const memory = createMachineMemory(RAM_BYTES);
  const service = new Watched(memory);
  const machine = new Machine({ ramBytes: RAM_BYTES, engine, memory, translation: service });
  const code = new Code(0)
    .emit(addi(T0, ZERO, 100))
    .emit(addi(T0, T0, -1), sd(T0, T1, 8))
    .emit16(0x0001)
    .emit(bne(T0, ZERO, -10), jal(ZERO, -18));
  machine.ram.write(Number(AT), code.bytes);
  const cells = new Cells(memory);
  cells.setU64(CPU_PC, AT);
  cells.setU64(X_REGISTERS + 8 * T1, AT + 0x1000n);
  machine.run(20_000);
  const explain = (address: bigint | undefined, kind?: 'page' | 'region'): readonly string[] =>
    service.explain(machine.translations, { address, kind });
  return { machine, service, explain };
}

describe('what is explained', () => {
  it('lists what is installed: address, kind, size, entries', () => {
    const { explain, service } = run('pages');
    const list = explain(undefined);
    expect(list).toHaveLength(1);
    expect(list[0]).toMatch(/^0x80001004 page +6 instructions, \d+ bytes, 1 entry$/);
    expect(list[0]).toContain(`, ${String(service.sizes.at(-1))} bytes,`);
  });

  it('shows each instruction before its code, and marks the one asked for', () => {
    const text = run('pages').explain(AT + 8n);
    const notes = text.filter((line) => / {4}0x|==>/.test(line)).map((line) => line.trim());
    // One interval, entered at the inner loop: the loop around it comes back there.
    expect(notes).toEqual([
      `;;     ${at(4)}  fff28293  addi t0, t0, -1`,
      `;; ==> ${at(8)}  00533423  sd t0, 8(t1)`,
      `;;     ${at(12)}  0001      c.addi zero, zero, 0`,
      `;;     ${at(14)}  fe029be3  bne t0, zero, ${at(4)}`,
      `;;     ${at(18)}  fefff06f  jal zero, ${at(0)}`,
      `;;     ${at(0)}  06400293  addi t0, zero, 100`,
    ]);
    const store = text.findIndex((line) => line.includes('==>'));
    const next = text.findIndex((line) => line.includes('c.addi'));
    expect(text.slice(store, next).join('\n')).toContain('$store_64');
    expect(text.join('\n')).toMatch(
      /;; function at 0x80001004: 6 instructions in 3 blocks, can be entered/,
    );
  });

  it('tells pages from regions, and knows where there is nothing', () => {
    const { explain } = run('jit');
    expect(explain(undefined, 'page')).toEqual([]);
    expect(explain(undefined, 'region').length).toBeGreaterThan(0);
    expect(explain(AT + 4n, 'region')[0]).toMatch(/ region /);
    expect(explain(AT + 4n, 'page')).toEqual([]);
    // Inside an instruction, and far away.
    expect(explain(AT + 6n)).toEqual([]);
    expect(explain(AT + (1n << 40n))).toEqual([]);
  });

  it('forgets what was thrown away', () => {
    const { machine, explain } = run('pages');
    machine.ram.write(Number(AT) + 4, new Code(0).emit(addi(T0, T0, -2)).bytes);
    expect(explain(undefined)).toEqual([]);
    expect(explain(AT + 4n)).toEqual([]);
  });
});
