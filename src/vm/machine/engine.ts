/** The engines, by name: each executes until CPU_REMAINING is used up, from the cells of layout.ts. */
import type { Leaves } from '../cpu/leaves.ts';
import { DECODER_MODULE, LEAVES_MODULE, generateInterpreter } from '../cpu/interpreter/generate.ts';
import { RecordDecoder } from '../cpu/interpreter/record-decoder.ts';

export interface Engine {
  /** Executes CPU_REMAINING instructions, or fewer if a leaf ends the slice. */
  readonly run: () => void;
}

/** Engines a machine can be made with. */
export const ENGINE_NAMES = ['interpreter'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

let interpreterModule: WebAssembly.Module | undefined;

const createInterpreter = (memory: WebAssembly.Memory, leaves: Leaves): Engine => {
  // The module depends on nothing but the table, so one serves every machine of this thread.
  interpreterModule ??= new WebAssembly.Module(generateInterpreter());
  const decoder = new RecordDecoder(memory);
  const instance = new WebAssembly.Instance(interpreterModule, {
    env: { memory },
    [LEAVES_MODULE]: { ...leaves },
    [DECODER_MODULE]: { decode: decoder.decode, decode_crossing: decoder.decodeCrossing },
  });
  return { run: instance.exports['run'] as () => void };
};

const FACTORIES: Record<EngineName, (memory: WebAssembly.Memory, leaves: Leaves) => Engine> = {
  interpreter: createInterpreter,
};

export const createEngine = (
  name: EngineName,
  memory: WebAssembly.Memory,
  leaves: Leaves,
): Engine => FACTORIES[name](memory, leaves);
