import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import {
  TranslationReader,
  createTranslationBuffer,
} from '../../src/host/shared/translation/channel.ts';
import { translatedEntry } from '../../src/vm/jit/region-code.ts';
import { threadProgram } from './thread-program.ts';

const COUNT = 12;
/** Two of them fit in the ring, with a few parts of the third. */
const BYTES = 400_000;
const PATIENCE_MS = 30_000;

it('a full ring makes the translating thread wait, and nothing is lost', async () => {
  const program = await threadProgram(new URL('./translation-thread.ts', import.meta.url));
  const buffer = createTranslationBuffer();
  const thread = new Worker(program, { workerData: { buffer, count: COUNT, bytes: BYTES } });
  try {
    const written: number[] = [];
    thread.on('message', (id: number) => written.push(id));
    const until = async (condition: () => boolean): Promise<void> => {
      for (const end = Date.now() + PATIENCE_MS; !condition() && Date.now() < end;) await sleep(5);
    };
    await until(() => written.length === 2);
    await sleep(200);
    expect(written).toEqual([0, 1]);

    const reader = new TranslationReader(buffer);
    for (let id = 0; id < COUNT; id++) {
      let done = reader.read();
      await until(() => (done ??= reader.read()) !== undefined);
      const wrong = done?.translation?.bytes.findIndex((byte, at) => byte !== (id + at) % 251);
      expect([done?.id, done?.translation?.bytes.length, wrong]).toEqual([id, BYTES, -1]);
      expect(done?.translation?.entries).toEqual([translatedEntry(2 * id, id)]);
    }
    await until(() => written.length === COUNT);
    expect(written).toHaveLength(COUNT);
  } finally {
    await thread.terminate();
  }
});
