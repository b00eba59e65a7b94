import { beforeEach, describe, expect, it } from 'vitest';
import { RAM_PHYSICAL } from '../layout.ts';
import { createDevices, type DeviceSet } from './device-set.ts';
import type { DeviceConfig } from './registry.ts';
import { REGISTRY } from './registry.ts';
import { TestServices, ascii, memorySource, patternBytes } from './testing/harness.ts';
import { VirtioDriver } from './testing/virtio-driver.ts';

const CONFIG: DeviceConfig = {
  disk: memorySource(patternBytes(4096)),
  mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
  wallClockOriginNs: 1_000_000_000n,
};
const SUPERVISOR_CLAIM = 0xc201004;
const SEIP = 9;
const UART = 0x10000000;
let services: TestServices;
let devices: DeviceSet;
let unmapped: number[];

beforeEach(() => {
  services = new TestServices();
  unmapped = [];
  devices = createDevices(CONFIG, services, (physical) => unmapped.push(physical));
  devices.reset();
});

const enable = (source: number): void => {
  devices.bus.write(0xc000000 + 4 * source, 2, 1);
  const at = 0xc002080 + 4 * (source >>> 5);
  devices.bus.write(at, 2, devices.bus.read(at, 2) | (1 << (source & 31)));
};

describe('the registry', () => {
  it('has unique names, addresses and interrupts', () => {
    const names = REGISTRY.map((entry) => entry.name);
    expect(new Set(names).size).toBe(names.length);
    const interrupts = REGISTRY.map((entry) => entry.interrupt).filter((source) => source !== 0);
    expect(new Set(interrupts).size).toBe(interrupts.length);
    const sorted = [...REGISTRY].sort((a, b) => a.base - b.base);
    sorted.slice(1).forEach((entry, index) => {
      const previous = sorted[index];
      expect(entry.base).toBeGreaterThanOrEqual((previous?.base ?? 0) + (previous?.size ?? 0));
    });
    expect(sorted.every((entry) => entry.base + entry.size <= RAM_PHYSICAL)).toBe(true);
  });

  it('leaves absent disks out', () => {
    expect([...devices.byName.keys()]).toContain('disk0');
    expect([...devices.byName.keys()]).not.toContain('disk1');
    devices.bus.read(0x10006000, 2);
    expect(unmapped).toEqual([0x10006000]);
    const both = createDevices(
      { ...CONFIG, disk1: CONFIG.disk ?? fail() },
      services,
      () => undefined,
    );
    expect(both.bus.read(0x10006008, 2)).toBe(2);
  });

  it('puts each device where QEMU has it', () => {
    const ids = [1, 2, 3, 4, 5].map((slot) => devices.bus.read(0x10000008 + slot * 0x1000, 2));
    expect(ids).toEqual([2, 3, 3, 1, 4]);
  });
});

function fail(): never {
  throw new Error('no disk');
}

describe('wiring', () => {
  it('brings a device interrupt through the PLIC to the hart', () => {
    enable(10);
    devices.bus.write(UART + 1, 0, 1);
    devices.input({ kind: 'console', device: 'uart0', bytes: ascii('x') });
    expect(services.hartLines.get(SEIP)).toBe(true);
    expect(devices.bus.read(SUPERVISOR_CLAIM, 2)).toBe(10);
    expect(services.hartLines.get(SEIP)).toBe(false);
    expect(devices.bus.read(UART, 0)).toBe(0x78);
    devices.bus.write(SUPERVISOR_CLAIM, 2, 10);
    expect(services.hartLines.get(SEIP)).toBe(false);
  });

  it('gives each virtio device its own line', () => {
    for (const [slot, name] of ['disk0', 'console0', 'agent0', 'net0', 'rng0'].entries()) {
      enable(1 + slot);
      const device = devices.byName.get(name) ?? fail();
      const driver = new VirtioDriver(device, services.memory, RAM_PHYSICAL).start();
      driver.offer(0, 99); // a broken ring interrupts whatever the device
      driver.notify(0);
      if (name !== 'disk0') devices.input(inputFor(name));
      expect(devices.bus.read(SUPERVISOR_CLAIM, 2)).toBe(1 + slot);
    }
  });

  it('sends inputs to the device they name', () => {
    devices.input({ kind: 'console', device: 'agent0', bytes: ascii('abc') });
    expect(devices.room('console0') - devices.room('agent0')).toBe(3);
    expect(() => {
      devices.input({ kind: 'console', device: 'nobody', bytes: ascii('x') });
    }).toThrow('device nobody');
    expect(() => {
      devices.input({ kind: 'console', device: 'plic0', bytes: ascii('x') });
    }).toThrow('takes no input');
    expect(() => {
      devices.input({ kind: 'time', ticks: 1n });
    }).toThrow('machine');
  });

  it('has a deadline when an alarm is set, and advances to it', () => {
    expect(devices.deadline()).toBeUndefined();
    enable(11);
    devices.bus.write(0x101010, 2, 1);
    devices.bus.write(0x10100c, 2, 0);
    devices.bus.write(0x101008, 2, 1_000_000_500);
    expect(devices.deadline()).toBe(5n);
    services.now = 5n;
    devices.advance();
    expect(devices.deadline()).toBeUndefined();
    expect(devices.bus.read(SUPERVISOR_CLAIM, 2)).toBe(11);
  });

  it('is silent after a reset, whatever was pending', () => {
    enable(10);
    devices.bus.write(UART + 1, 0, 3);
    devices.input({ kind: 'console', device: 'uart0', bytes: ascii('x') });
    devices.bus.write(0x2000000, 2, 1);
    devices.reset();
    expect([...services.hartLines.values()]).not.toContain(true);
    enable(10);
    expect(devices.bus.read(SUPERVISOR_CLAIM, 2)).toBe(0);
  });

  it('gathers the counters', () => {
    devices.input({ kind: 'frame', device: 'net0', bytes: new Uint8Array(3) });
    expect(devices.counters().get('net0')).toEqual({ droppedIn: 1, droppedOut: 0 });
    expect(devices.counters().has('syscon0')).toBe(false);
  });
});

function inputFor(name: string): Parameters<DeviceSet['input']>[0] {
  if (name === 'net0') return { kind: 'frame', device: name, bytes: new Uint8Array(60) };
  if (name === 'rng0') return { kind: 'entropy', device: name, bytes: new Uint8Array(8) };
  return { kind: 'console', device: name, bytes: ascii('x') };
}
