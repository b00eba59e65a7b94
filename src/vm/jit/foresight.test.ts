import { describe, expect, it } from 'vitest';
import { defined } from '../../base/assert.ts';
import { DECODE_SLOTS, RAM } from '../layout.ts';
import { createMachineMemory } from '../machine/memory.ts';
import { Foresight } from './foresight.ts';
import type { HotPage } from './hot-list.ts';
import { JobTranslator, type TranslationJob } from './job.ts';

const PAGE = 4096;
/** `addi a0, a0, 1; j -4` */
const CODE = Uint32Array.of(0x00150513, 0xffdff06f);

const hotPage = (page: number): HotPage => {
  const decoded = new Uint8Array(256);
  decoded[0] = 0b101;
  return { page, entries: [0], decoded };
};

const jobOf = ({ page, entries, decoded }: HotPage): TranslationJob => ({
  ...{ kind: 'page', page, address: 0n, records: 0, entries, decoded },
});

function setUp(pages: number) {
  const memory = createMachineMemory(8 << 20);
  const ram = new Uint8Array(memory.buffer, RAM, 8 << 20);
  for (let page = 0; page < pages; page++) ram.set(new Uint8Array(CODE.buffer), page * PAGE);
  const translator = new JobTranslator(memory);
  return { ram, translator, foresight: new Foresight(memory, translator) };
}

describe('foresight', () => {
  it('translates one page at a time, and has it when it is asked for', () => {
    const { translator, foresight } = setUp(2);
    const [one, two] = [hotPage(0), hotPage(1)];
    foresight.foresee([one, two]);
    expect(foresight.translationOf(jobOf(one))).toBeUndefined();
    expect([foresight.translateNext(), foresight.translateNext()]).toEqual([true, false]);
    expect(foresight.translateNext()).toBe(false);
    for (const hot of [one, two])
      expect(foresight.translationOf(jobOf(hot))).toEqual(translator.translate(jobOf(hot)));
  });

  it('has nothing for code that has changed, or of which other parts are wanted', () => {
    const { ram, foresight } = setUp(1);
    const hot = hotPage(0);
    foresight.foresee([hot]);
    foresight.translateNext();
    expect(foresight.translationOf(jobOf({ ...hot, entries: [0, 4] }))).toBeUndefined();
    const decoded = hot.decoded.slice();
    decoded[9] = 1;
    expect(foresight.translationOf(jobOf({ ...hot, decoded }))).toBeUndefined();
    const { decoded: _decoded, ...ofWhatIsDecoded } = jobOf(hot) as TranslationJob & HotPage;
    expect(foresight.translationOf(ofWhatIsDecoded)).toBeUndefined();
    expect(foresight.translationOf(jobOf(hot))).toBeDefined();
    ram[4095] = 1;
    expect(foresight.translationOf(jobOf(hot))).toBeUndefined();
    // Told again, it looks again.
    foresight.foresee([hot]);
    foresight.translateNext();
    expect(foresight.translationOf(jobOf(hot))).toBeDefined();
  });

  it('remembers no more pages than there are records for', () => {
    const { foresight } = setUp(2);
    const many = Array.from({ length: DECODE_SLOTS + 1 }, (_, page) => hotPage(page));
    foresight.foresee(many);
    let translated = 1;
    while (foresight.translateNext()) translated += 1;
    expect(translated).toBe(DECODE_SLOTS);
    expect(foresight.translationOf(jobOf(defined(many.at(-1), 'the last')))).toBeUndefined();
  });
});
