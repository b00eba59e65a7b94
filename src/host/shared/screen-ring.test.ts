import { describe, expect, it } from 'vitest';
import { createScreenRing, ScreenReader, ScreenWriter } from './screen-ring.ts';
import { yieldTurn } from './pair/ticker.ts';

const KIB = 1024;

/** A page that takes pieces at once, or when it is told to. */
function setUp(takes: 'at once' | 'when told' = 'at once') {
  const buffer = createScreenRing();
  const shown: string[] = [];
  const sizes: number[] = [];
  const held: (() => void)[] = [];
  const reader = new ScreenReader(buffer, (device, bytes) => {
    shown.push(`${device} ${new TextDecoder().decode(bytes.subarray(0, 20))}`);
    sizes.push(bytes.length);
    if (takes === 'at once') return undefined;
    return new Promise((resolve) => held.push(resolve));
  });
  return { writer: new ScreenWriter(buffer), reader, shown, sizes, held, running: reader.run() };
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Until everything that could happen has happened. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await yieldTurn();
}

/** What has become of a promise so far. */
function follow(promise: Promise<void>): { readonly settled: boolean } {
  const state = { settled: false };
  void promise.then(() => {
    state.settled = true;
  });
  return state;
}

describe('a screen ring', () => {
  it('brings output in order, and says when it is taken', async () => {
    const { writer, reader, shown, running } = setUp();
    await Promise.all([
      writer.show('console0', bytesOf('one')),
      writer.show('uart0', bytesOf('two')),
      writer.show('console0', bytesOf('three')),
    ]);
    expect(shown).toEqual(['console0 one', 'uart0 two', 'console0 three']);
    // And once more, after it was at rest.
    await writer.show('console0', bytesOf('four'));
    expect(shown.at(-1)).toBe('console0 four');
    reader.stop();
    await running;
  });

  it('says that bytes are taken no sooner than the terminal says so', async () => {
    const { writer, reader, held, running } = setUp('when told');
    const first = follow(writer.show('console0', bytesOf('one')));
    const second = follow(writer.show('console0', bytesOf('two')));
    await settle();
    // The second waits for the first one's terminal.
    expect([first.settled, second.settled, held.length]).toEqual([false, false, 1]);
    held.shift()?.();
    await settle();
    expect([first.settled, second.settled, held.length]).toEqual([true, false, 1]);
    held.shift()?.();
    await settle();
    expect(second.settled).toBe(true);
    reader.stop();
    await running;
  });

  it('brings more than the ring has room for', async () => {
    const { writer, reader, sizes, running } = setUp();
    await writer.show('console0', new Uint8Array(1000 * KIB));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1000 * KIB);
    reader.stop();
    await running;
  });

  it('has the last words taken at once', async () => {
    const { writer, reader, shown, running } = setUp('when told');
    void writer.show('console0', bytesOf('the last'));
    void writer.show('console0', bytesOf('words'));
    reader.finish();
    expect(shown).toEqual(['console0 the last', 'console0 words']);
    void writer.show('console0', bytesOf('nothing'));
    await settle();
    expect(shown).toHaveLength(2);
    await running;
  });

  it('does not wait for what is nobody’s', async () => {
    const { writer, reader, shown, running } = setUp();
    await writer.show('unheard-of', bytesOf('x'));
    await writer.show('console0', new Uint8Array(0));
    expect(shown).toEqual([]);
    reader.stop();
    await running;
  });

  it('ends with what the terminal throws', async () => {
    const reader = new ScreenReader(createScreenRing(), () => undefined);
    reader.stop();
    await reader.run();
    const buffer = createScreenRing();
    const broken = new ScreenReader(buffer, () => {
      throw new Error('no terminal');
    });
    void new ScreenWriter(buffer).show('console0', bytesOf('x'));
    await expect(broken.run()).rejects.toThrow('no terminal');
  });
});
