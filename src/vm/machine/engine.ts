/** The engines, by name: each executes until CPU_REMAINING is used up, from the cells of layout.ts. */
import type { Leaves } from '../cpu/leaves.ts';
import {
  DECODER_MODULE,
  LEAVES_MODULE,
  TRANSLATOR_MODULE,
  generateInterpreter,
} from '../cpu/interpreter/generate.ts';
import type { HotOptions } from '../cpu/interpreter/fetch.ts';
import { RecordDecoder } from '../cpu/interpreter/record-decoder.ts';
import { type TranslationStatistics, Translator, type TranslatorOptions } from '../jit/engine.ts';

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

/** What the interpreter counts, and what the translator makes of it. */
type TranslationOptions = HotOptions & Omit<TranslatorOptions, 'visits'>;

/** How each engine translates; undefined for never. */
const TRANSLATION: Record<EngineName, TranslationOptions | undefined> = {
  interpreter: undefined,
  // A region costs some 10 ms of all threads together, and each instruction in it saves about 1.5 ns.
  auto: { threshold: 6_000, sampling: 16, watch: 200, worth: 8_000_000, mostInstructions: 256 },
  jit: { threshold: 1, sampling: 1, watch: 0, worth: 0, mostInstructions: 40 },
  lockstep: { threshold: 1, sampling: 1, watch: 12, worth: 0, mostInstructions: 40 },
};

const modules = new Map<EngineName, WebAssembly.Module>();

/** The module depends on nothing but the table, so one serves every machine of this thread. */
const interpreterModule = (name: EngineName): WebAssembly.Module => {
  const known = modules.get(name);
  if (known) return known;
  const made = new WebAssembly.Module(
    generateInterpreter({
      hot: TRANSLATION[name],
      stopAfterRegions: name === 'lockstep',
    }),
  );
  modules.set(name, made);
  return made;
};

const noRegions = (): WebAssembly.Table =>
  new WebAssembly.Table({ element: 'anyfunc', initial: 0 });

export const createEngine = (
  name: EngineName,
  memory: WebAssembly.Memory,
  leaves: Leaves,
): Engine => {
  const decoder = new RecordDecoder(memory);
  const options = TRANSLATION[name];
  const translator =
    options &&
    new Translator(memory, leaves, { ...options, visits: options.threshold * options.sampling });
  const instance = new WebAssembly.Instance(interpreterModule(name), {
    env: { memory, table: translator?.table ?? noRegions() },
    [LEAVES_MODULE]: { ...leaves },
    [DECODER_MODULE]: {
      decode: decoder.decode,
      decode_crossing: decoder.decodeCrossing,
      decode_under: decoder.decodeUnder,
    },
    [TRANSLATOR_MODULE]: { hot: translator?.hot ?? (() => undefined) },
  });
  const interpret = instance.exports['run'] as () => void;
  if (!translator) {
    return { run: interpret, translationsStale: () => undefined, statistics: () => undefined };
  }
  return {
    run: () => {
      translator.run(interpret);
    },
    translationsStale: (page) => {
      translator.translationsStale(page);
    },
    statistics: () => translator.statistics,
  };
};
