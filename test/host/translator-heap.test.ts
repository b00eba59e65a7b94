/** The translating thread on Node has little memory, and a guest decides what it has to translate. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import { TRANSLATOR_LIMITS } from '../../src/host/node/translation.ts';
import {
  TranslationReader,
  createTranslationBuffer,
} from '../../src/host/shared/translation/channel.ts';
import type {
  TranslationRequest,
  TranslationSetup,
} from '../../src/host/shared/translation/remote.ts';
import { decode } from '../../src/vm/isa/decoder.ts';
import { RAM } from '../../src/vm/layout.ts';
import { createMachineMemory } from '../../src/vm/machine/memory.ts';
import { threadProgram } from './thread-program.ts';

const PAGE = 4096;
const HALFWORDS = PAGE / 2;
const PAGES = 40;
const SEED = 3;

/** Pages of nothing but two-byte instructions: more work than any compiler makes of a page. */
function fullPages(): WebAssembly.Memory {
  const memory = createMachineMemory(1 << 20);
  const code = new Uint16Array(memory.buffer, RAM, PAGES * HALFWORDS);
  const random = new SeededRandom(SEED);
  for (let at = 0; at < code.length;) {
    const halfword = random.below(0x10000);
    if ((halfword & 3) !== 3 && decode(halfword)) code[at++] = halfword;
  }
  return memory;
}

it('lives through pages that are as full as can be, entered everywhere', async () => {
  const memory = fullPages();
  const buffer = createTranslationBuffer();
  const setup: TranslationSetup = { memory, buffer };
  const source = new URL('../../src/host/node/translation-worker.ts', import.meta.url);
  const thread = new Worker(await threadProgram(source), {
    workerData: setup,
    resourceLimits: TRANSLATOR_LIMITS,
  });
  const failed = once(thread, 'error').then(([error]: unknown[]) => error);
  const entries = Array.from({ length: HALFWORDS }, (_, number) => 2 * number);
  const decoded = new Uint8Array(HALFWORDS / 8).fill(0xff);
  try {
    for (let page = 0; page < PAGES; page++) {
      const job = { kind: 'page', page, address: 0n, records: 0, entries, decoded } as const;
      thread.postMessage({ id: page, job } satisfies TranslationRequest);
    }
    const reader = new TranslationReader(buffer);
    for (let page = 0; page < PAGES; page++) {
      let done = reader.read();
      while (done === undefined) {
        const late = new Promise<undefined>((resolve) => setTimeout(resolve, 5));
        expect(await Promise.race([failed, late])).toBeUndefined();
        done = reader.read();
      }
      expect(done.id).toBe(page);
      expect(done.translation?.bytes.length).toBeGreaterThan(100_000);
    }
  } finally {
    await thread.terminate();
  }
});
