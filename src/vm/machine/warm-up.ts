/**
 * Runs an engine for a moment on a machine of its own that is thrown away. V8 compiles WebAssembly when it is first
 * called, and better when it has run for some million instructions; for equal modules it does so once for a
 * process. The decoder is JavaScript, which is slow until it has run for a while, too: at a takeover that made half of
 * the time to the first output. A standby that has done this takes over at full speed.
 */
import { RECORD_BYTES_PER_CODE_BYTE } from '../cpu/interpreter/context.ts';
import { RecordDecoder } from '../cpu/interpreter/record-decoder.ts';
import type { EngineName } from './engine.ts';
import { Machine, type MachineStatistics } from './machine.ts';

const ENTRY = 0x8000_0000;
const RAM_BYTES = 1 << 20;
const SLICE = 1_000_000;

/**
 * An endless loop in M-mode: loads and stores of all sizes, arithmetic, calls, branches, and every thousandth
 * time around what takes a leaf: misaligned accesses, an AMO, CSRs, fence.i, a trap and its return.
 */
const PROGRAM = Uint32Array.of(
  0x00000297,
  0x09828293,
  0x30529073,
  0x00008537,
  0x0015051b,
  0x01051513,
  0x40050113,
  0x00053283,
  0x00128293,
  0x00553023,
  0x00552423,
  0x00852303,
  0x00854383,
  0x007504a3,
  0x00a55e03,
  0x01c51623,
  0x02628eb3,
  0x01ceceb3,
  0x007edf13,
  0x01df3fb3,
  0x01ff0f33,
  0x3ff2ff93,
  0x02c000ef,
  0xfc0f90e3,
  0x025edeb3,
  0x00153303,
  0x006538a3,
  0x0055332f,
  0x340023f3,
  0x34029073,
  0x0000100f,
  0x00000073,
  0xf9dff06f,
  0x00113023,
  0x003e1e1b,
  0x41de0e3b,
  0x00013083,
  0x00008067,
  0x34102373,
  0x00430313,
  0x34131073,
  0x30200073,
);

/** Where code to be decoded is put: behind the program and its data. */
const CODE = ENTRY + (RAM_BYTES >> 1);
const CODE_BYTES = RAM_BYTES >> 1;
const PAGE_BYTES = 4096;

/**
 * Runs about so many instructions (10 million take some 50 ms), and decodes `code`: any guest's, at most 512 KiB of
 * it. Nothing of it is executed. Returns what the machine did.
 */
export function warmUp(
  engine: EngineName,
  instructions: number,
  code: Uint8Array,
): MachineStatistics {
  const machine = new Machine({ ramBytes: RAM_BYTES, engine });
  const bytes = new Uint8Array(PROGRAM.buffer);
  const sample = code.subarray(0, CODE_BYTES);
  const loaded = machine.loadElf({
    entry: ENTRY,
    segments: [
      { address: ENTRY, bytes, memoryBytes: bytes.length },
      { address: CODE, bytes: sample, memoryBytes: sample.length },
    ],
    tohost: undefined,
    fromhost: undefined,
  });
  if (!loaded.ok) throw new Error(loaded.error.message);
  for (let done = 0; done < instructions; done += SLICE) machine.run(SLICE);
  const decoder = new RecordDecoder(machine.memory);
  for (let page = 0; page + PAGE_BYTES <= sample.length; page += PAGE_BYTES) {
    const first = machine.leaves.fetch_slow(BigInt(CODE + page));
    for (let offset = 0; offset < PAGE_BYTES; offset += 2) {
      decoder.decode(first + offset * RECORD_BYTES_PER_CODE_BYTE);
    }
  }
  return machine.statistics;
}
