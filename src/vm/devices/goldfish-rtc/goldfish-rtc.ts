import { assert } from '../../../base/assert.ts';
import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { MachineInput } from '../../machine/inputs.ts';
import type { Device, DeviceContext } from '../device.ts';
import * as reg from './registers.ts';

/** A tick of guest time. */
const TICK_NS = 100n;
const LOW_HALF = 0xffff_ffffn;

/**
 * The real-time clock (`google,goldfish-rtc`): nanoseconds since the epoch = the wall-clock origin
 * (an input, or moved by the guest) + guest time. One alarm. All registers are 32 bits wide.
 */
export class GoldfishRtc implements Device {
  readonly version = 1;
  readonly #context: DeviceContext;
  /** Wall-clock nanoseconds at guest tick 0. */
  #originNs: bigint;
  /** High half latched by a read of TIME_LOW. */
  #timeHigh = 0;
  #alarmNs = 0n;
  #alarmHigh = 0;
  #alarmArmed = false;
  #interruptEnabled = false;
  #interruptPending = false;

  /** @param originNs wall-clock nanoseconds since the epoch at guest tick 0 */
  constructor(context: DeviceContext, originNs: bigint) {
    this.#context = context;
    this.#originNs = BigInt.asUintN(64, originNs);
  }

  #now(): bigint {
    return BigInt.asUintN(64, this.#originNs + this.#context.time() * TICK_NS);
  }

  read(offset: number, size: 1 | 2 | 4): number {
    if (size !== 4) return 0;
    switch (offset) {
      case reg.TIME_LOW: {
        const now = this.#now();
        this.#timeHigh = Number(now >> 32n);
        return Number(now & LOW_HALF);
      }
      case reg.TIME_HIGH:
        return this.#timeHigh;
      case reg.ALARM_LOW:
        return Number(this.#alarmNs & LOW_HALF);
      case reg.ALARM_HIGH:
        return this.#alarmHigh;
      case reg.IRQ_ENABLED:
        return this.#interruptEnabled ? 1 : 0;
      case reg.ALARM_STATUS:
        this.advance();
        return this.#alarmArmed ? 1 : 0;
      default:
        return 0;
    }
  }

  write(offset: number, size: 1 | 2 | 4, value: number): void {
    if (size !== 4) return;
    switch (offset) {
      case reg.TIME_LOW:
        this.#setTime((this.#now() & ~LOW_HALF) | BigInt(value));
        break;
      case reg.TIME_HIGH:
        this.#setTime((this.#now() & LOW_HALF) | (BigInt(value) << 32n));
        break;
      case reg.ALARM_LOW:
        this.#alarmNs = (BigInt(this.#alarmHigh) << 32n) | BigInt(value);
        this.#alarmArmed = true;
        this.#planAlarm();
        break;
      case reg.ALARM_HIGH:
        this.#alarmHigh = value;
        break;
      case reg.IRQ_ENABLED:
        this.#interruptEnabled = (value & 1) !== 0;
        this.#updateLine();
        break;
      case reg.CLEAR_ALARM:
        this.#alarmArmed = false;
        this.#planAlarm();
        break;
      case reg.CLEAR_INTERRUPT:
        this.#interruptPending = false;
        this.#updateLine();
        break;
      default:
        break;
    }
  }

  #setTime(ns: bigint): void {
    this.#originNs = BigInt.asUintN(64, ns - this.#context.time() * TICK_NS);
    this.#planAlarm();
  }

  #planAlarm(): void {
    this.advance();
    this.#context.timerChanged();
  }

  advance(): void {
    if (!this.#alarmArmed || this.#now() < this.#alarmNs) return;
    this.#alarmArmed = false;
    this.#interruptPending = true;
    this.#updateLine();
  }

  deadline(): bigint | undefined {
    if (!this.#alarmArmed) return undefined;
    const now = this.#now();
    if (now >= this.#alarmNs) return this.#context.time();
    const ticks = (this.#alarmNs - now + TICK_NS - 1n) / TICK_NS;
    return this.#context.time() + ticks;
  }

  #updateLine(): void {
    this.#context.setInterrupt(this.#interruptEnabled && this.#interruptPending);
  }

  input(input: MachineInput): void {
    assert(input.kind === 'wall-clock', `a clock takes no ${input.kind} input`);
    this.#originNs = BigInt.asUintN(64, input.originNs);
    this.#planAlarm();
  }

  /** The clock itself runs on: it has a battery. */
  reset(): void {
    this.#timeHigh = 0;
    this.#alarmNs = 0n;
    this.#alarmHigh = 0;
    this.#alarmArmed = false;
    this.#interruptEnabled = false;
    this.#interruptPending = false;
    this.#updateLine();
  }

  save(writer: ByteWriter): void {
    writer.u64(this.#originNs).u32(this.#timeHigh).u64(this.#alarmNs).u32(this.#alarmHigh);
    writer.bool(this.#alarmArmed).bool(this.#interruptEnabled).bool(this.#interruptPending);
  }

  restore(reader: ByteReader): void {
    this.#originNs = reader.u64();
    this.#timeHigh = reader.u32();
    this.#alarmNs = reader.u64();
    this.#alarmHigh = reader.u32();
    this.#alarmArmed = reader.bool();
    this.#interruptEnabled = reader.bool();
    this.#interruptPending = reader.bool();
    this.#updateLine();
    this.#context.timerChanged();
  }
}
