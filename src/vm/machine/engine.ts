/** The engines, by name: each executes until CPU_REMAINING is used up, from the cells of layout.ts. */
import type { Leaves } from '../cpu/leaves.ts';
import {
  DECODER_MODULE,
  LEAVES_MODULE,
  TRANSLATOR_MODULE,
  generateInterpreter,
} from '../cpu/interpreter/generate.ts';
import { RecordDecoder } from '../cpu/interpreter/record-decoder.ts';
import { type TranslationStatistics, Translator } from '../jit/engine.ts';

export interface Engine {
  /** Executes CPU_REMAINING instructions, or fewer if a leaf ends the slice. */
  readonly run: () => void;
  /** Code of this RAM page was translated and has changed. */
  readonly translationsStale: (page: number) => void;
  readonly statistics: () => TranslationStatistics | undefined;
}

/**
 * Engines a machine can be made with: `auto` interprets cold code and translates hot code. `jit`
 * translates everything at once, and `lockstep` also ends the slice behind every region: for tests.
 */
export const ENGINE_NAMES = ['interpreter', 'auto', 'jit', 'lockstep'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** Jumps to a place before it is translated; undefined for never. */
const HOT_THRESHOLDS: Record<EngineName, number | undefined> = {
  auto: 50_000,
  interpreter: undefined,
  jit: 1,
  lockstep: 1,
};

const modules = new Map<EngineName, WebAssembly.Module>();

/** The module depends on nothing but the table, so one serves every machine of this thread. */
const interpreterModule = (name: EngineName): WebAssembly.Module => {
  const known = modules.get(name);
  if (known) return known;
  const made = new WebAssembly.Module(
    generateInterpreter({
      hotThreshold: HOT_THRESHOLDS[name],
      stopAfterRegions: name === 'lockstep',
    }),
  );
  modules.set(name, made);
  return made;
};

export const createEngine = (
  name: EngineName,
  memory: WebAssembly.Memory,
  leaves: Leaves,
): Engine => {
  const decoder = new RecordDecoder(memory);
  const translator = new Translator(memory, leaves);
  const instance = new WebAssembly.Instance(interpreterModule(name), {
    env: { memory, table: translator.table },
    [LEAVES_MODULE]: { ...leaves },
    [DECODER_MODULE]: {
      decode: decoder.decode,
      decode_crossing: decoder.decodeCrossing,
      decode_under: decoder.decodeUnder,
    },
    [TRANSLATOR_MODULE]: { hot: translator.hot },
  });
  const interpret = instance.exports['run'] as () => void;
  if (name === 'interpreter') {
    return { run: interpret, translationsStale: () => undefined, statistics: () => undefined };
  }
  return {
    run: () => {
      translator.beginSlice();
      interpret();
    },
    translationsStale: (page) => {
      translator.translationsStale(page);
    },
    statistics: () => translator.statistics,
  };
};
