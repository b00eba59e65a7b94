import { describe, expect, it } from 'vitest';
import { presentDevices, type DeviceConfig } from '../devices/registry.ts';
import { memorySource } from '../devices/testing/harness.ts';
import { machineTree } from './machine-tree.ts';
import { TreeParser, cellsOf, find, stringsOf, type ParsedNode } from './testing/parse.ts';

const DISK = memorySource(new Uint8Array(512));
const CONFIG: DeviceConfig = {
  disk: DISK,
  mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
  wallClockOriginNs: 0n,
};
const SEED = Uint8Array.from({ length: 33 }, (_, i) => i);
const BLOB = machineTree({
  ramBytes: 256 << 20,
  bootArguments: 'console=ttyS0 root=/dev/vda ro',
  initrd: { start: 0x8e000000, end: 0x8e123456 },
  rngSeed: SEED,
  devices: presentDevices(CONFIG),
});
const { root, version, lastCompatibleVersion } = TreeParser.parse(BLOB);
const soc = find(root, '/soc');

function walk(node: ParsedNode, visit: (node: ParsedNode) => void): void {
  visit(node);
  for (const child of node.children) walk(child, visit);
}

describe('the blob', () => {
  it('is version 17, compatible with 16', () => {
    expect([version, lastCompatibleVersion]).toEqual([17, 16]);
  });

  it('is the same for the same machine', () => {
    const again = machineTree({
      ramBytes: 256 << 20,
      bootArguments: 'console=ttyS0 root=/dev/vda ro',
      initrd: { start: 0x8e000000, end: 0x8e123456 },
      rngSeed: SEED,
      devices: presentDevices(CONFIG),
    });
    expect(again).toEqual(BLOB);
  });

  it('takes ASCII only', () => {
    expect(() => machineTree({ ramBytes: 1 << 20, bootArguments: 'grüezi', devices: [] })).toThrow(
      RangeError,
    );
  });
});

describe('chosen', () => {
  const chosen = find(root, '/chosen');

  it('tells the kernel its arguments, its initrd and its seed', () => {
    expect(stringsOf(chosen, 'bootargs')).toEqual(['console=ttyS0 root=/dev/vda ro']);
    expect(cellsOf(chosen, 'linux,initrd-start')).toEqual([0, 0x8e000000]);
    expect(cellsOf(chosen, 'linux,initrd-end')).toEqual([0, 0x8e123456]);
    expect(chosen.properties.get('rng-seed')).toEqual(SEED);
  });

  it('names a console that exists', () => {
    const [path] = stringsOf(chosen, 'stdout-path');
    expect(stringsOf(find(root, path ?? ''), 'compatible')).toEqual(['ns16550a']);
  });

  it('has no initrd and no seed when there is none', () => {
    const bare = TreeParser.parse(
      machineTree({ ramBytes: 1 << 20, bootArguments: '', devices: presentDevices(CONFIG) }),
    );
    const names = [...find(bare.root, '/chosen').properties.keys()];
    expect(names).toEqual(['stdout-path', 'bootargs']);
  });
});

describe('processor and memory', () => {
  it('has the RAM it was given, beyond 4 GiB too', () => {
    expect(cellsOf(find(root, '/memory@80000000'), 'reg')).toEqual([0, 0x80000000, 0, 256 << 20]);
    const large = machineTree({ ramBytes: 6 * 2 ** 30, bootArguments: '', devices: [] });
    const node = find(TreeParser.parse(large).root, '/memory@80000000');
    expect(cellsOf(node, 'reg')).toEqual([0, 0x80000000, 1, 0x80000000]);
  });

  it('says what the hart can do, in both forms', () => {
    const cpu = find(root, '/cpus/cpu@0');
    expect(stringsOf(cpu, 'riscv,isa-base')).toEqual(['rv64i']);
    const extensions = stringsOf(cpu, 'riscv,isa-extensions');
    expect(extensions).toEqual([
      'i',
      'm',
      'a',
      'f',
      'd',
      'c',
      'zicsr',
      'zifencei',
      'zicntr',
      'sstc',
    ]);
    const single = extensions.filter((name) => name.length === 1).join('');
    const multi = extensions.filter((name) => name.length > 1);
    expect(stringsOf(cpu, 'riscv,isa')).toEqual([`rv64${[single, ...multi].join('_')}`]);
    expect(stringsOf(cpu, 'mmu-type')).toEqual(['riscv,sv39']);
    expect(cellsOf(find(root, '/cpus'), 'timebase-frequency')).toEqual([10_000_000]);
  });
});

describe('devices', () => {
  it('are the present ones, each with its registers and interrupt', () => {
    const devices = presentDevices(CONFIG);
    expect(soc.children).toHaveLength(devices.length);
    const plic = cellsOf(find(root, '/soc/plic@c000000'), 'phandle');
    for (const device of devices) {
      const unit = device.base.toString(16);
      const node = soc.children.find(({ name }) => name.endsWith(`@${unit}`));
      if (node === undefined) throw new Error(`no node for ${device.name}`);
      expect(cellsOf(node, 'reg')).toEqual([0, device.base, 0, device.size]);
      if (device.interrupt === 0) continue;
      expect(cellsOf(node, 'interrupts')).toEqual([device.interrupt]);
      expect(cellsOf(node, 'interrupt-parent')).toEqual(plic);
    }
  });

  it('leave absent disks out', () => {
    const names = soc.children.map(({ name }) => name).filter((name) => name.startsWith('virtio'));
    expect(names).toEqual([1, 2, 3, 4, 5].map((slot) => `virtio@1000${slot}000`));
    const both = presentDevices({ ...CONFIG, disk1: DISK });
    expect(both.map(({ name }) => name)).toContain('disk1');
  });

  it('find each other: every phandle that is used exists, once', () => {
    const phandles: number[] = [];
    const used: number[] = [];
    walk(root, (node) => {
      const { properties } = node;
      if (properties.has('phandle')) phandles.push(...cellsOf(node, 'phandle'));
      if (properties.has('interrupt-parent')) used.push(...cellsOf(node, 'interrupt-parent'));
      if (properties.has('regmap')) used.push(...cellsOf(node, 'regmap'));
      if (properties.has('interrupts-extended')) {
        used.push(...cellsOf(node, 'interrupts-extended').filter((_, index) => index % 2 === 0));
      }
    });
    expect(new Set(phandles).size).toBe(phandles.length);
    for (const phandle of used) expect(phandles).toContain(phandle);
  });

  it('reach the hart: PLIC contexts M and S, CLINT software and timer', () => {
    const hart = cellsOf(find(root, '/cpus/cpu@0/interrupt-controller'), 'phandle')[0] ?? -1;
    const plic = cellsOf(find(root, '/soc/plic@c000000'), 'interrupts-extended');
    expect(plic).toEqual([hart, 11, hart, 9]);
    const clint = cellsOf(find(root, '/soc/clint@2000000'), 'interrupts-extended');
    expect(clint).toEqual([hart, 3, hart, 7]);
  });

  it('can be switched off and rebooted', () => {
    const test = cellsOf(find(root, '/soc/test@100000'), 'phandle');
    for (const [name, value] of [
      ['poweroff', 0x5555],
      ['reboot', 0x7777],
    ] as const) {
      const node = find(root, `/${name}`);
      expect(stringsOf(node, 'compatible')).toEqual([`syscon-${name}`]);
      expect([cellsOf(node, 'regmap'), cellsOf(node, 'value')]).toEqual([test, [value]]);
    }
  });
});
