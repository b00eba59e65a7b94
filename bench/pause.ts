/** The pause by itself: a machine whose pages are written to through its leaves, captured again and again. */
import { defined } from '../src/base/assert.ts';
import { CaptureArea } from '../src/checkpoint/capture-area.ts';
import { RAM_PHYSICAL } from '../src/vm/layout.ts';
import { Machine } from '../src/vm/machine/machine.ts';

const RAM_BYTES = 256 << 20;
const PAGE_BYTES = 4096;
const LOG2_DOUBLEWORD = 3;
const CAPTURES = 200;
/** V8 compiles what runs often. */
const WARM_UP = 50;

/** Milliseconds of each of many pauses with so many dirty pages. */
export function pausesWith(pages: number): number[] {
  const machine = new Machine({ ramBytes: RAM_BYTES });
  const area = new CaptureArea(machine.memory, RAM_BYTES);
  const pauses: number[] = [];
  for (let round = 0; round < WARM_UP + CAPTURES; round++) {
    for (let page = 0; page < pages; page++) {
      const address = BigInt(RAM_PHYSICAL + page * PAGE_BYTES);
      machine.leaves.store_slow(address, BigInt(round), LOG2_DOUBLEWORD);
    }
    const start = performance.now();
    const captured = machine.capture();
    const pause = performance.now() - start;
    defined(captured, 'a capture');
    area.endCapture();
    if (round >= WARM_UP) pauses.push(pause);
  }
  return pauses;
}
