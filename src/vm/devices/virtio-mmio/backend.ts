import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { MachineInput, MachineOutput } from '../../machine/inputs.ts';
import type { GuestMemory } from '../device.ts';
import type { Virtqueue } from './virtqueue.ts';

/** What a transport does for the device behind it. */
export interface VirtioPort {
  readonly name: string;
  readonly memory: GuestMemory;
  output(output: MachineOutput): void;
  /**
   * Runs `serve` for a queue if the driver has made it ready and the device is alive; otherwise
   * nothing happens. For devices that have something to say by themselves (input arrived).
   */
  kick(queue: number): void;
  /** The configuration space changed: new generation, interrupt to a live driver. */
  configChanged(): void;
}

/** A virtio device behind a transport: what differs between block, net, console and entropy. */
export interface VirtioBackend {
  /** Virtio 1.2, 5: 1 network, 2 block, 3 console, 4 entropy. */
  readonly deviceId: number;
  /** Device-specific feature bits; the transport adds its own. */
  readonly features: bigint;
  /** Largest size of each queue; powers of two. */
  readonly queueSizes: readonly number[];
  /** The configuration space now; reads past its end give 0. */
  config(): Uint8Array;
  /**
   * The driver made buffers available in a queue, or the device was kicked. Called only while the
   * driver is live. A {@link RingError} puts the device in the state DEVICE_NEEDS_RESET.
   */
  serve(index: number, queue: Virtqueue): void;
  /** The driver reset the device (status 0); bytes already received from outside may stay. */
  driverReset(): void;
  /** Power-on state. */
  reset(): void;
  /** Version of the backend's own part of the section. */
  readonly version: number;
  save(writer: ByteWriter): void;
  restore(reader: ByteReader, version: number): void;
  input?(input: MachineInput): void;
  room?(): number;
  counters?(): Readonly<Record<string, number>>;
}
