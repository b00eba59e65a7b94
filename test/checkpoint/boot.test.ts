/** R1 and R4 with the real guest: whatever changes in RAM is in the next checkpoint. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CaptureArea } from '../../src/checkpoint/capture-area.ts';
import { Copier, type PageSink } from '../../src/checkpoint/copier.ts';
import { CAPTURED_NOT, RAM } from '../../src/vm/layout.ts';
import type { Machine } from '../../src/vm/machine/machine.ts';
import { advance, boot, openRootDisk, RAM_BYTES, type RootDisk } from '../boot/scripted-guest.ts';

const PAGE = 4096;
const CHUNK = 256 * PAGE;

let disk: RootDisk;
beforeAll(() => {
  disk = openRootDisk();
});
afterAll(() => {
  disk.close();
});

/** A copy of RAM that is kept by captures alone, and compared with all of RAM after each. */
class Follower implements PageSink {
  readonly room = Infinity;
  pages = 0;
  /** What is forgotten of a captured map: a deliberate mistake. */
  forgets: (page: number) => boolean = () => false;
  readonly #machine: Machine;
  readonly #area: CaptureArea;
  readonly #copier: Copier;
  readonly #ram: Uint8Array;
  readonly #copy = new Uint8Array(RAM_BYTES);

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#area = new CaptureArea(machine.memory, RAM_BYTES);
    this.#copier = new Copier(this.#area);
    this.#ram = new Uint8Array(machine.memory.buffer, RAM, RAM_BYTES);
  }

  place(page: number): Uint8Array {
    this.pages += 1;
    return this.#copy.subarray(page * PAGE, (page + 1) * PAGE);
  }

  /** Captures; gives the pages that changed and were not captured. */
  follow(): number[] {
    expect(this.#machine.capture()).toBeDefined();
    this.#forget();
    this.#copier.begin();
    expect(this.#copier.step(Infinity, this).kind).toBe('complete');
    const lost: number[] = [];
    for (let at = 0; at < RAM_BYTES; at += CHUNK) {
      if (this.#differs(at, CHUNK)) {
        for (let page = at; page < at + CHUNK; page += PAGE) {
          if (this.#differs(page, PAGE)) lost.push(page / PAGE);
        }
      }
    }
    return lost;
  }

  #forget(): void {
    const { bytes, capturedMap, pages } = this.#area;
    for (let page = 0; page < pages; page++) {
      const cell = capturedMap + page;
      if (bytes[cell] !== CAPTURED_NOT && this.forgets(page)) bytes[cell] = CAPTURED_NOT;
    }
  }

  #differs(at: number, length: number): boolean {
    const [ram, copy] = [this.#ram, this.#copy].map((all) => all.subarray(at, at + length));
    return ram === undefined || copy === undefined || Buffer.compare(ram, copy) !== 0;
  }
}

/** The first segment is the kernel's start, the second has user programs, pages that share, and the disk. */
const SEGMENTS = [
  { name: 'the kernel starts', from: 0n, to: 25_000_000n },
  { name: 'user programs start', from: 240_000_000n, to: 265_000_000n },
] as const;

describe.each(['interpreter', 'auto'] as const)('with the engine %s', (engine) => {
  it('no dirty page is lost while Debian boots', () => {
    const machine = boot(engine, disk);
    const follower = new Follower(machine);
    for (const { name, from, to } of SEGMENTS) {
      advance(machine, from);
      expect(follower.follow(), `before ${name}`).toEqual([]);
      follower.pages = 0;
      let steps = 0;
      advance(machine, to, () => {
        steps += 1;
        expect(follower.follow(), `while ${name}, step ${steps}`).toEqual([]);
      });
      expect(steps).toBeGreaterThan(100);
      // It was worth watching.
      expect(follower.pages).toBeGreaterThan(1_000);
    }
  });
});

it('a page whose mark is forgotten would be noticed', () => {
  const machine = boot('interpreter', disk);
  const follower = new Follower(machine);
  expect(follower.follow()).toEqual([]);
  let marks = 0;
  // One in fifty, as in the simulation's mutation.
  follower.forgets = () => ++marks % 50 === 0;
  const lost = new Set<number>();
  advance(machine, 5_000_000n, () => {
    for (const page of follower.follow()) lost.add(page);
  });
  expect(lost.size).toBeGreaterThan(0);
});
