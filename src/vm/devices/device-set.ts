import { assert, defined } from '../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import type { MachineInput } from '../machine/inputs.ts';
import { Bus } from './bus.ts';
import type { Device, DeviceContext, MachineServices } from './device.ts';
import { presentDevices, type DeviceConfig, type RegisteredDevice } from './registry.ts';
import { restoreDevices, saveDevices } from './sections.ts';

/** The instance that the wall clock is for: that input names no device. */
const CLOCK = 'rtc0';
const INTERRUPT_CONTROLLER = 'plic0';

/** All devices of one machine, wired to each other and to the machine. */
export class DeviceSet {
  readonly bus: Bus;
  readonly byName: ReadonlyMap<string, Device>;
  /** The instances that exist, for the device tree. */
  readonly present: readonly RegisteredDevice[];

  /** @param unmapped called for each bus access that no device answers */
  constructor(
    config: DeviceConfig,
    services: MachineServices,
    unmapped: (physical: number) => void,
  ) {
    const devices = new Map<string, Device>();
    this.present = presentDevices(config);
    this.byName = devices;
    for (const entry of this.present) {
      const setInterrupt = (raised: boolean): void => {
        assert(entry.interrupt !== 0, `${entry.name} has no interrupt`);
        this.#setLine(entry.interrupt, raised);
      };
      devices.set(entry.name, entry.create(contextOf(entry.name, services, setInterrupt), config));
    }
    this.bus = new Bus(
      this.present.map((entry) => [entry, this.#device(entry.name)] as const),
      unmapped,
    );
  }

  #device(name: string): Device {
    return defined(this.byName.get(name), `device ${name}`);
  }

  #setLine(source: number, raised: boolean): void {
    const controller = this.#device(INTERRUPT_CONTROLLER);
    assert(controller.setLine !== undefined, 'the interrupt controller takes lines');
    controller.setLine(source, raised);
  }

  /** Power-on state of every device. */
  reset(): void {
    for (const device of this.byName.values()) device.reset();
  }

  save(writer: ByteWriter): void {
    saveDevices(this.byName, writer);
  }

  /** Guest time and the CPU's cells must be restored before. Throws as {@link restoreDevices} does. */
  restore(reader: ByteReader): void {
    restoreDevices(this.byName, reader);
  }

  /** Gives an input to its device. A `time` input is the machine's own: call `advance` after it. */
  input(input: MachineInput): void {
    assert(input.kind !== 'time', 'time inputs go to the machine');
    const name = input.kind === 'wall-clock' ? CLOCK : input.device;
    const device = this.#device(name);
    assert(device.input !== undefined, `${name} takes no input`);
    device.input(input);
  }

  /** How much input the device takes now without dropping any: bytes, or frames for a network device. */
  room(name: string): number {
    return this.#device(name).room?.() ?? 0;
  }

  /** The earliest guest time (ticks) at which a device wants `advance`. */
  deadline(): bigint | undefined {
    let earliest: bigint | undefined;
    for (const device of this.byName.values()) {
      const deadline = device.deadline?.();
      if (deadline !== undefined && (earliest === undefined || deadline < earliest)) {
        earliest = deadline;
      }
    }
    return earliest;
  }

  /** Guest time has moved: call at `deadline()` exactly, and after each time input. */
  advance(): void {
    for (const device of this.byName.values()) device.advance?.();
  }

  /** Figures of every device that has some, by instance name. */
  counters(): ReadonlyMap<string, Readonly<Record<string, number>>> {
    const all = new Map<string, Readonly<Record<string, number>>>();
    for (const [name, device] of this.byName) {
      const counters = device.counters?.() ?? {};
      if (Object.keys(counters).length > 0) all.set(name, counters);
    }
    return all;
  }
}

function contextOf(
  name: string,
  services: MachineServices,
  setInterrupt: (raised: boolean) => void,
): DeviceContext {
  return {
    name,
    setInterrupt,
    memory: services.memory,
    time: () => services.time(),
    output: (output) => {
      services.output(output);
    },
    halt: (halt) => {
      services.halt(halt);
    },
    setHartLine: (bit, raised) => {
      services.setHartLine(bit, raised);
    },
    timerChanged: () => {
      services.timerChanged();
    },
    getMtimecmp: () => services.getMtimecmp(),
    setMtimecmp: (ticks) => {
      services.setMtimecmp(ticks);
    },
  };
}

/** Builds every device of the registry that the configuration asks for. */
export function createDevices(
  config: DeviceConfig,
  services: MachineServices,
  unmapped: (physical: number) => void,
): DeviceSet {
  return new DeviceSet(config, services, unmapped);
}
