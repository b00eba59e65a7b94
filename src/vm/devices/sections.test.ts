import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter, TruncatedError } from '../../base/bytes.ts';
import { SeededRandom } from '../../base/random.ts';
import { createDevices, type DeviceSet } from './device-set.ts';
import { DeviceStateError } from './device.ts';
import { REGISTRY, type DeviceConfig } from './registry.ts';
import { TestServices, ascii, memorySource, patternBytes, sameBytes } from './testing/harness.ts';
import { RandomGuest, perform } from './testing/random-guest.ts';

const DISK = memorySource(patternBytes(64 * 512));
const CONFIG: DeviceConfig = {
  disk: DISK,
  disk1: DISK,
  mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
  wallClockOriginNs: 5n,
};

interface Machine {
  readonly services: TestServices;
  readonly devices: DeviceSet;
}

function machine(config: DeviceConfig = CONFIG): Machine {
  const services = new TestServices();
  const devices = createDevices(config, services, () => undefined);
  devices.reset();
  return { services, devices };
}

function saved({ devices }: Machine): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  devices.save(writer);
  return writer.finish();
}

/** Puts a machine's whole state into another: RAM, time and CPU cells first, as the machine does. */
function copyInto(target: Machine, source: Machine, section = saved(source)): void {
  target.services.ram.set(source.services.ram);
  target.services.now = source.services.now;
  target.devices.restore(new ByteReader(section));
  target.services.outputs = [];
  source.services.outputs = [];
}

function randomise({ devices, services }: Machine, random: SeededRandom, rounds: number): void {
  const guest = new RandomGuest(random, devices);
  for (let round = 0; round < rounds; round++) {
    for (const operation of guest.next()) perform(operation, devices, services);
  }
}

/** Everything of a machine that can be seen from outside its devices. */
function visible({ services }: Machine): unknown {
  const { outputs, halts, hartLines, mtimecmp } = services;
  return { outputs, halts, lines: [...hartLines].sort(([a], [b]) => a - b), mtimecmp };
}

describe('save and restore', () => {
  it.each(Array.from({ length: 30 }, (_, seed) => seed))(
    'takes every device over whole, into a fresh machine and a used one: seed %i',
    (seed) => {
      const random = new SeededRandom(seed);
      const original = machine();
      randomise(original, random, 400);
      const fresh = machine();
      const used = machine();
      randomise(used, new SeededRandom(seed + 1000), 400);
      const copies = [fresh, used];
      const section = saved(original);
      for (const copy of copies) copyInto(copy, original, section);
      original.services.halts = [];
      for (const copy of copies) {
        copy.services.halts = [];
        expect(sameBytes(saved(copy), section)).toBe(true);
        expect(visible(copy)).toEqual(visible(original));
      }
      // From here on all three must see and do the same.
      const guest = new RandomGuest(random, original.devices);
      for (let round = 0; round < 300; round++) {
        for (const operation of guest.next()) {
          const seen = perform(operation, original.devices, original.services);
          for (const copy of copies) {
            const copySaw = perform(operation, copy.devices, copy.services);
            if (copySaw !== seen)
              throw new Error(`${JSON.stringify(operation)} saw ${String(copySaw)}`);
          }
        }
      }
      for (const copy of copies) {
        expect(visible(copy)).toEqual(visible(original));
        expect(sameBytes(copy.services.ram, original.services.ram)).toBe(true);
        expect(sameBytes(saved(copy), saved(original))).toBe(true);
      }
    },
  );

  it('reaches states worth saving', () => {
    const { devices, services } = machine();
    randomise({ devices, services }, new SeededRandom(1), 3000);
    const kinds = new Set(services.outputs.map((output) => `${output.kind} ${output.device}`));
    expect([...kinds].sort()).toEqual([
      'console agent0',
      'console console0',
      'console uart0',
      'entropy-wanted rng0',
      'frame net0',
    ]);
  });

  it('restores power-on state over any other: nothing that became zero is left out', () => {
    const used = machine();
    randomise(used, new SeededRandom(3), 500);
    const origin = machine();
    copyInto(used, origin);
    expect(sameBytes(saved(used), saved(origin))).toBe(true);
    used.services.halts = [];
    expect(visible(used)).toEqual(visible(origin));
  });

  it('puts out nothing', () => {
    const source = machine();
    randomise(source, new SeededRandom(4), 500);
    const target = machine();
    target.services.ram.set(source.services.ram);
    target.devices.restore(new ByteReader(saved(source)));
    expect(target.services.outputs).toEqual([]);
    expect(target.services.announced.includes(1)).toBe(false);
  });

  it('announces every change of RAM (R1)', () => {
    for (let seed = 0; seed < 10; seed++) {
      const guest = machine();
      randomise(guest, new SeededRandom(seed), 500);
      const silent = guest.services.ram.findIndex(
        (byte, index) => byte !== 0 && guest.services.announced[index] === 0,
      );
      expect(silent).toBe(-1);
    }
  });
});

interface Section {
  readonly name: string;
  readonly version: number;
  readonly content: Uint8Array;
}

function parse(bytes: Uint8Array): Section[] {
  const reader = new ByteReader(bytes);
  return Array.from({ length: reader.u32() }, () => ({
    name: reader.text(64),
    version: reader.u16(),
    content: reader.bytes(1 << 20),
  }));
}

function build(sections: readonly Section[]): ByteReader {
  const writer = new ByteWriter();
  writer.u32(sections.length);
  for (const { name, version, content } of sections) {
    writer.text(name).u16(version).bytes(content);
  }
  return new ByteReader(writer.finish());
}

describe('sections', () => {
  const source = machine();
  randomise(source, new SeededRandom(9), 400);
  const sections = parse(saved(source));
  const restore =
    (list: readonly Section[], config = CONFIG) =>
    () => {
      const target = machine(config);
      target.services.ram.set(source.services.ram);
      target.devices.restore(build(list));
    };
  const change = (name: string, changed: (section: Section) => Section): Section[] =>
    sections.map((section) => (section.name === name ? changed(section) : section));

  it('are named after the registry, and found in any order', () => {
    expect(sections.map((section) => section.name)).toEqual(REGISTRY.map((entry) => entry.name));
    const target = machine();
    target.services.ram.set(source.services.ram);
    target.services.now = source.services.now;
    target.devices.restore(build([...sections].reverse()));
    expect(parse(saved(target))).toEqual(sections);
  });

  it('are refused when short by any number of bytes, or long', () => {
    for (const { name, content } of sections) {
      const step = Math.max(1, Math.floor(content.length / 50));
      for (let length = 0; length < content.length; length += step) {
        const short = change(name, (section) => ({
          ...section,
          content: content.slice(0, length),
        }));
        expect(restore(short), `${name} cut to ${length}`).toThrow(TruncatedError);
      }
      const long = change(name, (section) => ({
        ...section,
        content: Uint8Array.of(...content, 0),
      }));
      expect(restore(long), name).toThrow(DeviceStateError);
    }
  });

  it('are refused when newer, doubled, of an unknown device or for another disk', () => {
    const [first] = sections;
    if (first === undefined) throw new Error('no sections');
    for (const { name } of sections) {
      const newer = change(name, (section) => ({ ...section, version: section.version + 1 }));
      expect(restore(newer)).toThrow(/version/);
    }
    expect(restore([...sections, first])).toThrow(/twice/);
    expect(restore([...sections, { ...first, name: 'gpu0' }])).toThrow(/no device gpu0/);
    expect(restore(sections, { ...CONFIG, disk1: memorySource(new Uint8Array(512)) })).toThrow(
      /the disk had/,
    );
  });

  it('may be missing: that device gets its power-on state', () => {
    const target = machine();
    target.devices.input({ kind: 'console', device: 'uart0', bytes: ascii('x') });
    target.services.ram.set(source.services.ram);
    target.devices.restore(build(sections.filter((section) => section.name !== 'uart0')));
    const uart = (bytes: Uint8Array): Section | undefined =>
      parse(bytes).find((section) => section.name === 'uart0');
    expect(uart(saved(target))).toEqual(uart(saved(machine())));
  });

  it('never make a device throw anything else, however they are torn', () => {
    const random = new SeededRandom(77);
    const target = machine();
    for (let round = 0; round < 3000; round++) {
      const victim = random.pick(sections.filter((section) => section.content.length > 0));
      const torn = change(victim.name, (section) => {
        const content = section.content.slice();
        for (let i = 0; i < 3; i++) content[random.below(content.length)] = random.below(256);
        return { ...section, content };
      });
      target.services.ram.set(source.services.ram);
      try {
        target.devices.restore(build(torn));
      } catch (error) {
        if (error instanceof TruncatedError || error instanceof DeviceStateError) continue;
        throw error;
      }
      // What was accepted must also run.
      randomise(target, new SeededRandom(round), 20);
    }
  });
});
