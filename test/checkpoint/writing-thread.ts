/**
 * A machine's thread for `threads.test.ts`: a bare guest writes to every page of RAM, over and over, in
 * an order far from the copier's. When asked it captures, keeps a copy of RAM as it is in that
 * moment, and lets the guest go on.
 */
import { workerData } from 'node:worker_threads';
import { RAM, RAM_PHYSICAL } from '../../src/vm/layout.ts';
import { Machine } from '../../src/vm/machine/machine.ts';
import { Code } from '../fuzz/code.ts';
import { add, addi, GP, jal, sd, slli, srli, T0, T2, T4, T5, T6 } from '../fuzz/encode.ts';
import { ASKED, CAPTURED, PAGE, type WritingSetup } from './writing-setup.ts';

/** Odd in pages, so that each comes once in a round; the rest moves the place within the page. */
const STRIDE = 1237 * PAGE + 8;
/** Written to again after so many others: the TLB still has it then. */
const AGAIN = 100;
/** Short: a capture is answered at once. */
const SLICE = 2_000;

function program(log2WrittenBytes: number): Uint8Array<ArrayBuffer> {
  const code = new Code(RAM_PHYSICAL);
  code.loadImmediate(T5, BigInt(RAM_PHYSICAL + PAGE)).loadImmediate(T4, BigInt(STRIDE));
  code.loadImmediate(GP, BigInt(-AGAIN * STRIDE));
  const loop = code.here;
  const spare = 64 - log2WrittenBytes;
  code.emit(add(T0, T0, T4), slli(T0, T0, spare), srli(T0, T0, spare));
  code.emit(add(T6, T0, T5), addi(T2, T2, 1), sd(T2, T6, 0));
  code.emit(add(T6, T0, GP), slli(T6, T6, spare), srli(T6, T6, spare));
  code.emit(add(T6, T6, T5), sd(T2, T6, 0));
  return code.emit(jal(0, loop - code.here)).bytes;
}

const { memory, ramBytes, log2WrittenBytes, engine, atPause, cells } = workerData as WritingSetup;
const machine = new Machine({ memory, ramBytes, engine });
const loaded = machine.loadElf({
  entry: RAM_PHYSICAL,
  segments: [{ address: RAM_PHYSICAL, bytes: program(log2WrittenBytes), memoryBytes: PAGE }],
  tohost: undefined,
  fromhost: undefined,
});
if (!loaded.ok) throw new Error(loaded.error.message);
const ram = new Uint8Array(memory.buffer, RAM, ramBytes);
const copy = new Uint8Array(atPause);
for (;;) {
  machine.run(SLICE);
  if (Atomics.load(cells, ASKED) === Atomics.load(cells, CAPTURED)) continue;
  if (machine.capture() === undefined) continue;
  copy.set(ram);
  Atomics.add(cells, CAPTURED, 1);
  Atomics.notify(cells, CAPTURED);
}
