import { assert, defined } from '../../../../base/assert.ts';
import { TruncatedError, type ByteReader, type ByteWriter } from '../../../../base/bytes.ts';
import type { MachineInput } from '../../../machine/inputs.ts';
import { LIMITS } from '../../limits.ts';
import type { VirtioBackend, VirtioPort } from '../../virtio-mmio/backend.ts';
import type { Virtqueue } from '../../virtio-mmio/virtqueue.ts';
import * as reg from './registers.ts';

const MAX_FRAME = LIMITS.netFrame.value;

/**
 * A network card without offloads (virtio 1.2, 5.1). Frames carry no FCS. The link is always up;
 * the MAC comes from the machine's configuration, so that the guest keeps its identity wherever it runs.
 */
export class VirtioNet implements VirtioBackend {
  readonly deviceId = reg.DEVICE_ID;
  readonly features = reg.F_MAC | reg.F_STATUS;
  readonly queueSizes = [LIMITS.netQueue.value, LIMITS.netQueue.value];
  readonly version = 1;
  readonly #port: VirtioPort;
  readonly #config = new Uint8Array(reg.CONFIG_BYTES);
  #backlog: Uint8Array[] = [];
  #droppedIn = 0;
  #droppedOut = 0;

  /** @param mac six bytes, a unicast address */
  constructor(port: VirtioPort, mac: Uint8Array) {
    assert(
      mac.length === reg.MAC_BYTES && (defined(mac[0], 'mac') & 1) === 0,
      'a unicast MAC of 6 bytes',
    );
    this.#port = port;
    this.#config.set(mac);
    this.#config[reg.CONFIG_STATUS] = reg.S_LINK_UP;
  }

  config(): Uint8Array {
    return this.#config;
  }

  serve(index: number, queue: Virtqueue): void {
    if (index === reg.RECEIVEQ) this.#receive(queue);
    else this.#transmit(queue);
  }

  #transmit(queue: Virtqueue): void {
    for (let left = queue.available(); left > 0; left--) {
      const chain = queue.pop();
      const length = chain.readableBytes - reg.HEADER_BYTES;
      if (length >= reg.MIN_FRAME_BYTES && length <= MAX_FRAME) {
        const bytes = chain.read(reg.HEADER_BYTES, length);
        this.#port.output({ kind: 'frame', device: this.#port.name, bytes });
      } else {
        this.#droppedOut += 1;
      }
      queue.push(chain, 0);
    }
  }

  #receive(queue: Virtqueue): void {
    let left = queue.available();
    for (; left > 0 && this.#backlog.length > 0; left--) {
      const frame = defined(this.#backlog.shift(), 'frame');
      const chain = queue.pop();
      const length = reg.HEADER_BYTES + frame.length;
      if (chain.writableBytes < length) {
        queue.unpop();
        this.#droppedIn += 1;
        continue;
      }
      const header = new Uint8Array(reg.HEADER_BYTES);
      header[reg.HEADER_NUM_BUFFERS] = 1;
      chain.write(0, header);
      chain.write(reg.HEADER_BYTES, frame);
      queue.push(chain, length);
    }
  }

  input(input: MachineInput): void {
    assert(input.kind === 'frame', `a network card takes no ${input.kind} input`);
    const { length } = input.bytes;
    const fits = length >= reg.MIN_FRAME_BYTES && length <= MAX_FRAME;
    if (fits && this.room() > 0) this.#backlog.push(input.bytes.slice());
    else this.#droppedIn += 1;
    this.#port.kick(reg.RECEIVEQ);
  }

  /** Frames that still fit. */
  room(): number {
    return LIMITS.netBacklog.value - this.#backlog.length;
  }

  counters(): Readonly<Record<string, number>> {
    return { droppedIn: this.#droppedIn, droppedOut: this.#droppedOut };
  }

  /** A card forgets what it received when it is reset. */
  driverReset(): void {
    this.#backlog = [];
  }

  reset(): void {
    this.#backlog = [];
    this.#droppedIn = 0;
    this.#droppedOut = 0;
  }

  /** The MAC is saved too: the guest's identity goes where the guest goes. */
  save(writer: ByteWriter): void {
    writer.raw(this.#config.subarray(0, reg.MAC_BYTES));
    writer.u64(BigInt(this.#droppedIn)).u64(BigInt(this.#droppedOut));
    writer.u16(this.#backlog.length);
    for (const frame of this.#backlog) writer.bytes(frame);
  }

  restore(reader: ByteReader): void {
    this.#config.set(reader.raw(reg.MAC_BYTES));
    this.#droppedIn = Number(reader.u64());
    this.#droppedOut = Number(reader.u64());
    const count = reader.u16();
    if (count > LIMITS.netBacklog.value) throw new TruncatedError(`${count} frames are too many`);
    this.#backlog = [];
    for (let i = 0; i < count; i++) this.#backlog.push(reader.bytes(MAX_FRAME).slice());
  }
}
