import { defined } from '../../base/assert.ts';
import { FINISHER_PASS, FINISHER_RESET } from '../devices/syscon/registers.ts';
import { REGISTRY, type RegisteredDevice } from '../devices/registry.ts';
import { RAM_PHYSICAL } from '../layout.ts';
import { flatten } from './flatten.ts';
import { PHANDLE_CPU_INTC, PHANDLE_SYSCON } from './phandles.ts';
import { unitName } from './properties.ts';
import { bytes, cell64, cells, flag, strings, type TreeNode, type TreeProperty } from './tree.ts';

/** Guest time ticks: 100 ns. */
const TIMEBASE_HZ = 10_000_000;
/** What the CPU does, in the order of the ISA manual; Linux reads the list, older firmware the string. */
const ISA_EXTENSIONS = ['i', 'm', 'a', 'f', 'd', 'c', 'zicsr', 'zifencei', 'zicntr', 'sstc'];
const ISA_STRING = 'rv64imafdc_zicsr_zifencei_zicntr_sstc';

export interface MachineTreeOptions {
  readonly ramBytes: number;
  /** The kernel command line. */
  readonly bootArguments: string;
  /** Physical range of the initial RAM disk, [start, end). */
  readonly initrd?: { readonly start: number; readonly end: number };
  /** Random bytes for the kernel's first entropy; an input, so that the machine stays deterministic (R6). */
  readonly rngSeed?: Uint8Array;
  /** The instances that exist: `presentDevices(config)`. */
  readonly devices: readonly RegisteredDevice[];
}

/** The device tree of a machine, flattened. @throws {RangeError} for a command line that is not ASCII. */
export function machineTree(options: MachineTreeOptions): Uint8Array<ArrayBuffer> {
  return flatten({
    name: '',
    properties: [
      cells('#address-cells', 2),
      cells('#size-cells', 2),
      strings('compatible', 'riscv-virtio'),
      strings('model', 'tandem,virt'),
    ],
    children: [
      chosenNode(options),
      {
        name: `memory@${RAM_PHYSICAL.toString(16)}`,
        properties: [
          strings('device_type', 'memory'),
          cells('reg', ...cell64(RAM_PHYSICAL), ...cell64(options.ramBytes)),
        ],
        children: [],
      },
      cpusNode(),
      sysconUser('poweroff', FINISHER_PASS),
      sysconUser('reboot', FINISHER_RESET),
      socNode(options.devices),
    ],
  });
}

function chosenNode(options: MachineTreeOptions): TreeNode {
  const uart = defined(
    REGISTRY.find((entry) => entry.name === 'uart0'),
    'uart0',
  );
  const properties: TreeProperty[] = [
    strings('stdout-path', `/soc/${unitName('serial', uart)}`),
    strings('bootargs', options.bootArguments),
  ];
  if (options.initrd !== undefined) {
    properties.push(
      cells('linux,initrd-start', ...cell64(options.initrd.start)),
      cells('linux,initrd-end', ...cell64(options.initrd.end)),
    );
  }
  if (options.rngSeed !== undefined) properties.push(bytes('rng-seed', options.rngSeed));
  return { name: 'chosen', properties, children: [] };
}

function cpusNode(): TreeNode {
  const interruptController: TreeNode = {
    name: 'interrupt-controller',
    properties: [
      cells('#interrupt-cells', 1),
      flag('interrupt-controller'),
      strings('compatible', 'riscv,cpu-intc'),
      cells('phandle', PHANDLE_CPU_INTC),
    ],
    children: [],
  };
  const cpu: TreeNode = {
    name: 'cpu@0',
    properties: [
      strings('device_type', 'cpu'),
      cells('reg', 0),
      strings('status', 'okay'),
      strings('compatible', 'riscv'),
      strings('riscv,isa', ISA_STRING),
      strings('riscv,isa-base', 'rv64i'),
      strings('riscv,isa-extensions', ...ISA_EXTENSIONS),
      strings('mmu-type', 'riscv,sv39'),
    ],
    children: [interruptController],
  };
  return {
    name: 'cpus',
    properties: [
      cells('#address-cells', 1),
      cells('#size-cells', 0),
      cells('timebase-frequency', TIMEBASE_HZ),
    ],
    children: [cpu],
  };
}

/** `poweroff` and `reboot`: a value written to the syscon. */
function sysconUser(name: string, value: number): TreeNode {
  return {
    name,
    properties: [
      strings('compatible', `syscon-${name}`),
      cells('regmap', PHANDLE_SYSCON),
      cells('offset', 0),
      cells('value', value),
    ],
    children: [],
  };
}

function socNode(devices: readonly RegisteredDevice[]): TreeNode {
  return {
    name: 'soc',
    properties: [
      cells('#address-cells', 2),
      cells('#size-cells', 2),
      strings('compatible', 'simple-bus'),
      flag('ranges'),
    ],
    children: [...devices].sort((a, b) => a.base - b.base).map((device) => device.node(device)),
  };
}
