import type { ByteReader, ByteWriter } from '../../../base/bytes.ts';
import type { Device, DeviceContext } from '../device.ts';
import * as reg from './registers.ts';

/** The SiFive test finisher (`sifive,test0`): power off, reset, or end with a failure code. It has no state. */
export class Syscon implements Device {
  readonly version = 1;
  readonly #context: DeviceContext;

  constructor(context: DeviceContext) {
    this.#context = context;
  }

  read(): number {
    return 0;
  }

  write(offset: number, size: 1 | 2 | 4, value: number): void {
    if (offset !== reg.FINISHER || size === 1) return;
    switch (value & 0xffff) {
      case reg.FINISHER_PASS:
        this.#context.halt({ kind: 'poweroff' });
        break;
      case reg.FINISHER_RESET:
        this.#context.halt({ kind: 'reset' });
        break;
      case reg.FINISHER_FAIL:
        this.#context.halt({ kind: 'failure', code: value >>> 16 });
        break;
      default:
        break;
    }
  }

  reset(): void {}

  save(_writer: ByteWriter): void {}

  restore(_reader: ByteReader): void {}
}
