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
import type { Installation } from '../jit/code-cache.ts';
import type { HotPage } from '../jit/hot-list.ts';
import { InlineTranslation, type TranslationService } from '../jit/service.ts';
import {
  type TranslationStatistics,
  Translator,
  type TranslatorOptions,
} from '../jit/translator.ts';

export interface Engine {
  /** Executes CPU_REMAINING instructions, or fewer if a leaf ends the slice. */
  readonly run: () => void;
  /** Code of this RAM page was translated and has changed. */
  readonly translationsStale: (page: number) => void;
  /** See `Translator.foresee`. */
  readonly foresee: (pages: readonly HotPage[]) => void;
  readonly statistics: () => TranslationStatistics | undefined;
  /** The translations that exist. */
  readonly translations: () => readonly Installation[];
}

/**
 * Engines a machine can be made with: `auto` interprets cold code and translates hot code. The others are for
 * tests: `jit` translates regions at once, `pages` whole pages, and `lockstep` both, and ends the slice behind each.
 */
export const ENGINE_NAMES = ['auto', 'interpreter', 'jit', 'pages', 'lockstep'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

export const DEFAULT_ENGINE: EngineName = 'auto';

/** What the interpreter counts, and what the translator makes of it. */
type TranslationOptions = HotOptions & Omit<TranslatorOptions, 'visits'>;

const AT_ONCE = {
  ...{ threshold: 1, sampling: 1, worth: 0, mostInstructions: 40 },
  maxInvalidations: Infinity,
} as const;

/** How each engine translates; undefined for never. */
const TRANSLATION: Record<EngineName, TranslationOptions | undefined> = {
  interpreter: undefined,
  auto: {
    ...{ threshold: 64, sampling: 16, pageCalls: 24, regionCalls: 32 },
    ...{ watch: 200, worth: 8_000_000, mostInstructions: 256, maxInvalidations: 8 },
  },
  jit: { ...AT_ONCE, pageCalls: 0, regionCalls: 1, watch: 0 },
  pages: { ...AT_ONCE, pageCalls: 1, regionCalls: 0, watch: 0 },
  lockstep: { ...AT_ONCE, pageCalls: 2, regionCalls: 2, watch: 12 },
};

/** Whether an engine gives anything to translate away. */
export const translates = (name: EngineName): boolean => TRANSLATION[name] !== undefined;

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

/** @param service who translates; by default this thread, at once */
export const createEngine = (
  name: EngineName,
  memory: WebAssembly.Memory,
  leaves: Leaves,
  service: TranslationService = new InlineTranslation(memory),
): Engine => {
  const decoder = new RecordDecoder(memory);
  const options = TRANSLATION[name];
  const translator =
    options &&
    new Translator(
      ...([memory, leaves] as const),
      { ...options, visits: options.threshold * options.sampling },
      service,
    );
  const instance = new WebAssembly.Instance(interpreterModule(name), {
    env: { memory, table: translator?.cache.table ?? noRegions() },
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
    return {
      ...{ run: interpret, translationsStale: () => undefined, foresee: () => undefined },
      ...{ statistics: () => undefined, translations: () => [] },
    };
  }
  return {
    run: () => {
      translator.run(interpret);
    },
    translationsStale: (page) => {
      translator.translationsStale(page);
    },
    foresee: (pages) => {
      translator.foresee(pages);
    },
    statistics: () => translator.statistics,
    translations: () => translator.cache.installations,
  };
};
