import { assert } from '../../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { MachineInput } from '../../machine/inputs.ts';
import { ByteQueue } from '../byte-queue.ts';
import type { Device, DeviceContext } from '../device.ts';
import { LIMITS } from '../limits.ts';
import * as reg from './registers.ts';

/** A cable that is plugged in and ready. */
const CONNECTED = reg.MSR_CTS | reg.MSR_DSR | reg.MSR_DCD;
const DEFAULT_DIVISOR = 12;

/**
 * An NS16550A serial port with 16-byte FIFO. Transmission completes at once. Input beyond the FIFO
 * waits in a backlog, as if the other side honoured flow control, so that nothing is overrun; bytes
 * below the trigger level are reported at once by the character timeout interrupt.
 */
export class Uart16550 implements Device {
  readonly version = 1;
  readonly #context: DeviceContext;
  readonly #backlog = new ByteQueue(LIMITS.uartBacklog.value);
  #fifo: number[] = [];
  #ier = 0;
  #fcr = 0;
  #lcr = 0;
  #mcr = 0;
  #scratch = 0;
  #divisor = DEFAULT_DIVISOR;
  #msrDeltas = 0;
  #overrun = false;
  /** The transmitter became empty and nobody has been told. */
  #threPending = false;

  constructor(context: DeviceContext) {
    this.#context = context;
  }

  /** Registers are one byte wide; a wider access sees the one at its address. */
  read(offset: number, _size: 1 | 2 | 4): number {
    switch (offset) {
      case reg.RBR_THR_DLL:
        return this.#dlab ? this.#divisor & 0xff : this.#receive();
      case reg.IER_DLM:
        return this.#dlab ? this.#divisor >>> 8 : this.#ier;
      case reg.IIR_FCR:
        return this.#identify();
      case reg.LCR:
        return this.#lcr;
      case reg.MCR:
        return this.#mcr;
      case reg.LSR:
        return this.#lineStatus();
      case reg.MSR:
        return this.#modemStatus();
      case reg.SCR:
        return this.#scratch;
      default:
        return 0;
    }
  }

  write(offset: number, _size: 1 | 2 | 4, wide: number): void {
    const value = wide & 0xff;
    switch (offset) {
      case reg.RBR_THR_DLL:
        if (this.#dlab) this.#divisor = (this.#divisor & 0xff00) | value;
        else this.#transmit(value);
        break;
      case reg.IER_DLM:
        if (this.#dlab) this.#divisor = (this.#divisor & 0xff) | (value << 8);
        else this.#writeIer(value & 0x0f);
        break;
      case reg.IIR_FCR:
        this.#writeFcr(value);
        break;
      case reg.LCR:
        this.#lcr = value;
        break;
      case reg.MCR:
        this.#writeMcr(value & reg.MCR_WRITABLE);
        break;
      case reg.SCR:
        this.#scratch = value;
        break;
      default:
        break;
    }
  }

  get #dlab(): boolean {
    return (this.#lcr & reg.LCR_DLAB) !== 0;
  }

  get #loopback(): boolean {
    return (this.#mcr & reg.MCR_LOOPBACK) !== 0;
  }

  get #depth(): number {
    return (this.#fcr & reg.FCR_ENABLE) !== 0 ? reg.FIFO_BYTES : 1;
  }

  #receive(): number {
    const byte = this.#fifo.shift() ?? 0;
    this.#refill();
    this.#updateLine();
    return byte;
  }

  /** Moves waiting input into the FIFO; the cable is disconnected in loopback. */
  #refill(): void {
    if (this.#loopback) return;
    const room = this.#depth - this.#fifo.length;
    if (room > 0) this.#fifo.push(...this.#backlog.shift(room));
  }

  #transmit(byte: number): void {
    if (!this.#loopback) {
      this.#context.output({
        kind: 'console',
        device: this.#context.name,
        bytes: Uint8Array.of(byte),
      });
    } else if (this.#fifo.length < this.#depth) {
      this.#fifo.push(byte);
    } else {
      this.#overrun = true;
    }
    this.#threPending = true;
    this.#updateLine();
  }

  /** Enabling the transmitter interrupt while the transmitter is empty raises it (Linux tests for this). */
  #writeIer(value: number): void {
    if ((value & ~this.#ier & reg.IER_THRI) !== 0) this.#threPending = true;
    this.#ier = value;
    this.#updateLine();
  }

  #writeFcr(value: number): void {
    const toggled = ((value ^ this.#fcr) & reg.FCR_ENABLE) !== 0;
    if (toggled || (value & reg.FCR_CLEAR_RX) !== 0) this.#fifo = [];
    // Without the enable bit the other bits are not programmed (PC16550D, 8.4).
    this.#fcr = (value & reg.FCR_ENABLE) !== 0 ? value & reg.FCR_KEPT : 0;
    this.#refill();
    this.#updateLine();
  }

  #writeMcr(value: number): void {
    const before = this.#modemLines();
    this.#mcr = value;
    const after = this.#modemLines();
    const changed = (before ^ after) & ~reg.MSR_RI;
    this.#msrDeltas |= changed >>> 4;
    if ((before & ~after & reg.MSR_RI) !== 0) this.#msrDeltas |= reg.MSR_TERI;
    this.#refill();
    this.#updateLine();
  }

  #modemLines(): number {
    if (!this.#loopback) return CONNECTED;
    return (
      ((this.#mcr & reg.MCR_RTS) !== 0 ? reg.MSR_CTS : 0) |
      ((this.#mcr & reg.MCR_DTR) !== 0 ? reg.MSR_DSR : 0) |
      ((this.#mcr & reg.MCR_OUT1) !== 0 ? reg.MSR_RI : 0) |
      ((this.#mcr & reg.MCR_OUT2) !== 0 ? reg.MSR_DCD : 0)
    );
  }

  #modemStatus(): number {
    const status = this.#modemLines() | this.#msrDeltas;
    this.#msrDeltas = 0;
    this.#updateLine();
    return status;
  }

  #lineStatus(): number {
    const status =
      reg.LSR_THRE |
      reg.LSR_TEMT |
      (this.#fifo.length > 0 ? reg.LSR_DR : 0) |
      (this.#overrun ? reg.LSR_OE : 0);
    this.#overrun = false;
    this.#updateLine();
    return status;
  }

  /** The highest-priority interrupt (PC16550D, table IV). */
  #cause(): number {
    if ((this.#ier & reg.IER_RLSI) !== 0 && this.#overrun) return reg.IIR_RLSI;
    if ((this.#ier & reg.IER_RDI) !== 0 && this.#fifo.length > 0) {
      const trigger = reg.FCR_TRIGGERS[this.#fcr >>> 6] ?? 1;
      return this.#fifo.length >= trigger ? reg.IIR_RDI : reg.IIR_TIMEOUT;
    }
    if ((this.#ier & reg.IER_THRI) !== 0 && this.#threPending) return reg.IIR_THRI;
    if ((this.#ier & reg.IER_MSI) !== 0 && this.#msrDeltas !== 0) return reg.IIR_MSI;
    return reg.IIR_NONE;
  }

  /** Reading IIR acknowledges a transmitter interrupt, if that is what it reports. */
  #identify(): number {
    const cause = this.#cause();
    if (cause === reg.IIR_THRI) {
      this.#threPending = false;
      this.#updateLine();
    }
    return cause | ((this.#fcr & reg.FCR_ENABLE) !== 0 ? reg.IIR_FIFO_ENABLED : 0);
  }

  #updateLine(): void {
    this.#context.setInterrupt(this.#cause() !== reg.IIR_NONE);
  }

  input(input: MachineInput): void {
    assert(input.kind === 'console', `a serial port takes no ${input.kind} input`);
    this.#backlog.push(input.bytes);
    this.#refill();
    this.#updateLine();
  }

  room(): number {
    return this.#backlog.room;
  }

  counters(): Readonly<Record<string, number>> {
    return { droppedBytes: this.#backlog.dropped };
  }

  reset(): void {
    this.#backlog.clear();
    this.#fifo = [];
    this.#ier = 0;
    this.#fcr = 0;
    this.#lcr = 0;
    this.#mcr = 0;
    this.#scratch = 0;
    this.#divisor = DEFAULT_DIVISOR;
    this.#msrDeltas = 0;
    this.#overrun = false;
    this.#threPending = false;
    this.#updateLine();
  }

  save(writer: ByteWriter): void {
    writer.u8(this.#ier).u8(this.#fcr).u8(this.#lcr).u8(this.#mcr).u8(this.#scratch);
    writer.u16(this.#divisor).u8(this.#msrDeltas).bool(this.#overrun).bool(this.#threPending);
    writer.bytes(Uint8Array.from(this.#fifo));
    this.#backlog.save(writer);
  }

  restore(reader: ByteReader): void {
    this.#ier = reader.u8() & 0x0f;
    this.#fcr = reader.u8() & reg.FCR_KEPT;
    this.#lcr = reader.u8();
    this.#mcr = reader.u8() & reg.MCR_WRITABLE;
    this.#scratch = reader.u8();
    this.#divisor = reader.u16();
    this.#msrDeltas = reader.u8() & reg.MSR_DELTAS;
    this.#overrun = reader.bool();
    this.#threPending = reader.bool();
    this.#fifo = [...reader.bytes(reg.FIFO_BYTES)];
    this.#backlog.restore(reader);
    this.#updateLine();
  }
}
