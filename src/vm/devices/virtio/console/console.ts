import { assert } from '../../../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../../../base/bytes.ts';
import type { MachineInput } from '../../../machine/inputs.ts';
import { ByteQueue } from '../../byte-queue.ts';
import { LIMITS } from '../../limits.ts';
import type { VirtioBackend, VirtioPort } from '../../virtio-mmio/backend.ts';
import { RingError } from '../../virtio-mmio/chain.ts';
import type { Virtqueue } from '../../virtio-mmio/virtqueue.ts';
import * as reg from './registers.ts';

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** A console with one port and a size (virtio 1.2, 5.3). What is typed before the driver is there waits for it. */
export class VirtioConsole implements VirtioBackend {
  readonly deviceId = reg.DEVICE_ID;
  readonly features = reg.F_SIZE;
  readonly queueSizes = [LIMITS.consoleQueue.value, LIMITS.consoleQueue.value];
  readonly version = 1;
  readonly #port: VirtioPort;
  readonly #backlog = new ByteQueue(LIMITS.consoleBacklog.value);
  #columns = DEFAULT_COLUMNS;
  #rows = DEFAULT_ROWS;

  constructor(port: VirtioPort) {
    this.#port = port;
  }

  config(): Uint8Array {
    const config = new Uint8Array(reg.CONFIG_BYTES);
    const view = new DataView(config.buffer);
    view.setUint16(reg.CONFIG_COLS, this.#columns, true);
    view.setUint16(reg.CONFIG_ROWS, this.#rows, true);
    return config;
  }

  serve(index: number, queue: Virtqueue): void {
    if (index === reg.RECEIVEQ) this.#receive(queue);
    else this.#transmit(queue);
  }

  #transmit(queue: Virtqueue): void {
    for (let left = queue.available(); left > 0; left--) {
      const chain = queue.pop();
      if (chain.readableBytes > LIMITS.consoleChain.value)
        throw new RingError('console output too long');
      const bytes = chain.read(0, chain.readableBytes);
      if (bytes.length > 0) {
        this.#port.output({ kind: 'console', device: this.#port.name, bytes });
      }
      queue.push(chain, 0);
    }
  }

  #receive(queue: Virtqueue): void {
    for (let left = queue.available(); left > 0 && this.#backlog.length > 0; left--) {
      const chain = queue.pop();
      if (chain.writableBytes === 0)
        throw new RingError('console input buffer that cannot be written');
      queue.push(chain, chain.write(0, this.#backlog.shift(chain.writableBytes)));
    }
  }

  input(input: MachineInput): void {
    if (input.kind === 'resize') {
      this.#resize(input.columns, input.rows);
      return;
    }
    assert(input.kind === 'console', `a console takes no ${input.kind} input`);
    this.#backlog.push(input.bytes);
    this.#port.kick(reg.RECEIVEQ);
  }

  #resize(columns: number, rows: number): void {
    const fits = (n: number): boolean => Number.isInteger(n) && n >= 1 && n <= 0xffff;
    assert(fits(columns) && fits(rows), `a console of ${columns}x${rows}`);
    if (columns === this.#columns && rows === this.#rows) return;
    this.#columns = columns;
    this.#rows = rows;
    this.#port.configChanged();
  }

  /** Bytes that still fit. */
  room(): number {
    return this.#backlog.room;
  }

  counters(): Readonly<Record<string, number>> {
    return { droppedBytes: this.#backlog.dropped };
  }

  driverReset(): void {}

  /** The size is a fact of the terminal outside: it stays. */
  reset(): void {
    this.#backlog.clear();
  }

  save(writer: ByteWriter): void {
    writer.u16(this.#columns).u16(this.#rows);
    this.#backlog.save(writer);
  }

  restore(reader: ByteReader): void {
    this.#columns = reader.u16();
    this.#rows = reader.u16();
    this.#backlog.restore(reader);
  }
}
