/** A guest that writes to so many pages, again and again. For tests only. */
import { CaptureArea } from '../../../checkpoint/capture-area.ts';
import { RAM } from '../../../vm/layout.ts';
import { Machine } from '../../../vm/machine/machine.ts';
import type { MachineState } from '../../../vm/machine/state.ts';
import type { RehearsalSetup } from '../rehearsal.ts';

const PAGE = 4096;
export const RAM_BYTES = 32 << 20;
const FIRST_PAGE = 2;

/** Writes to each of so many pages, again and again: an endless loop in M-mode. */
const writer = (pages: number): Uint8Array => {
  const lui = (rd: number, value: number): number => ((value << 12) | (rd << 7) | 0x37) >>> 0;
  const program = [
    // auipc t0, FIRST_PAGE: where the writing begins
    ((FIRST_PAGE << 12) | (5 << 7) | 0x17) >>> 0,
    // t1: bytes to go; t4: a page
    lui(6, pages),
    lui(29, 1),
    // loop: sw t0, 0(t0); add t0, t0, t4; sub t1, t1, t4; bnez t1, loop
    0x0052a023,
    0x01d282b3,
    0x41d30333,
    0xfe031ae3,
    // j to the beginning
    0xfe5ff06f,
  ];
  return new Uint8Array(Uint32Array.from(program).buffer);
};

/** A machine that waits at the first instruction of a {@link writer}, in memory that is full of something. */
export function setUpWriter(pages: number): {
  readonly setup: RehearsalSetup;
  readonly sections: MachineState;
  readonly ram: Uint8Array;
  readonly area: CaptureArea;
} {
  const machine = new Machine({ ramBytes: RAM_BYTES });
  const ram = new Uint8Array(machine.memory.buffer, RAM, RAM_BYTES);
  for (let page = 0; page < RAM_BYTES / PAGE; page++)
    ram.fill(page & 0xff, page * PAGE, page * PAGE + 64);
  ram.set(writer(pages));
  machine.reset();
  const sections = machine.save();
  const { memory, ramBytes } = machine;
  const setup = { memory, ramBytes, engine: 'interpreter', disk: undefined } as const;
  return { setup, sections, ram, area: new CaptureArea(memory, ramBytes) };
}
