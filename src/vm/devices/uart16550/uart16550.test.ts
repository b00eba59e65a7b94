import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.ts';
import { TestContext, ascii } from '../testing/harness.ts';
import * as reg from './registers.ts';
import { Uart16550 } from './uart16550.ts';

let context: TestContext;
let uart: Uart16550;
const get = (register: number): number => uart.read(register, 1);
const set = (register: number, value: number): void => {
  uart.write(register, 1, value);
};
const type = (text: string): void => {
  uart.input({ kind: 'console', device: 'uart0', bytes: ascii(text) });
};
const receive = (): string => {
  let text = '';
  while ((get(reg.LSR) & reg.LSR_DR) !== 0) text += String.fromCharCode(get(reg.RBR_THR_DLL));
  return text;
};

beforeEach(() => {
  context = new TestContext('uart0');
  uart = new Uart16550(context);
  uart.reset();
});

describe('transmitter', () => {
  it('sends each byte at once under its own name', () => {
    for (const byte of ascii('hi')) set(reg.RBR_THR_DLL, byte);
    expect(context.outputs).toHaveLength(2);
    expect(context.consoleText('uart0')).toBe('hi');
    expect(get(reg.LSR)).toBe(reg.LSR_THRE | reg.LSR_TEMT);
  });

  it('keeps the divisor apart from the data register', () => {
    set(reg.LCR, reg.LCR_DLAB | 3);
    set(reg.RBR_THR_DLL, 0x34);
    set(reg.IER_DLM, 0x12);
    expect([get(reg.RBR_THR_DLL), get(reg.IER_DLM)]).toEqual([0x34, 0x12]);
    set(reg.LCR, 3);
    expect(get(reg.IER_DLM)).toBe(0);
    expect(context.outputs).toEqual([]);
  });

  it('raises its interrupt each time it is enabled, and a read of IIR acknowledges it', () => {
    // What serial8250_do_startup tests: UART_BUG_THRE if the second read shows nothing.
    for (let round = 0; round < 2; round++) {
      set(reg.IER_DLM, reg.IER_THRI);
      expect(context.line).toBe(true);
      expect(get(reg.IIR_FCR)).toBe(reg.IIR_THRI);
      expect(context.line).toBe(false);
      expect(get(reg.IIR_FCR)).toBe(reg.IIR_NONE);
      set(reg.IER_DLM, 0);
    }
  });

  it('interrupts again after each byte', () => {
    set(reg.IER_DLM, reg.IER_THRI);
    get(reg.IIR_FCR);
    set(reg.RBR_THR_DLL, 0x41);
    expect(context.line).toBe(true);
    set(reg.IER_DLM, 0);
    expect(context.line).toBe(false);
  });
});

describe('receiver', () => {
  it('delivers what is typed, in order, more than a FIFO of it', () => {
    set(reg.IIR_FCR, reg.FCR_ENABLE);
    const text = 'the quick brown fox jumps over the lazy dog';
    type(text);
    expect(receive()).toBe(text);
    expect(get(reg.LSR) & reg.LSR_OE).toBe(0);
  });

  it('interrupts by level: high while data is there, low when all is read', () => {
    set(reg.IER_DLM, reg.IER_RDI);
    expect(context.line).toBe(false);
    type('ab');
    expect(context.line).toBe(true);
    expect(get(reg.IIR_FCR)).toBe(reg.IIR_RDI);
    get(reg.RBR_THR_DLL);
    expect(context.line).toBe(true);
    get(reg.RBR_THR_DLL);
    expect(context.line).toBe(false);
    expect(get(reg.IIR_FCR)).toBe(reg.IIR_NONE);
  });

  it('tells the trigger level from the character timeout below it', () => {
    set(reg.IIR_FCR, reg.FCR_ENABLE | 0x80);
    set(reg.IER_DLM, reg.IER_RDI);
    type('1234567');
    expect(get(reg.IIR_FCR)).toBe(reg.IIR_FIFO_ENABLED | reg.IIR_TIMEOUT);
    type('8');
    expect(get(reg.IIR_FCR)).toBe(reg.IIR_FIFO_ENABLED | reg.IIR_RDI);
  });

  it('reports received data before an empty transmitter', () => {
    set(reg.IER_DLM, reg.IER_RDI | reg.IER_THRI);
    type('x');
    expect(get(reg.IIR_FCR)).toBe(reg.IIR_RDI);
    expect(receive()).toBe('x');
    expect(get(reg.IIR_FCR)).toBe(reg.IIR_THRI);
  });

  it('bounds what waits, and counts what it drops', () => {
    type('x'.repeat(LIMITS.uartBacklog.value + 1));
    expect(uart.room()).toBe(1); // one went on into the receive register
    type('yz');
    expect(uart.counters()).toEqual({ droppedBytes: 2 });
  });

  it('forgets the FIFO when told to, not what has not arrived', () => {
    set(reg.IIR_FCR, reg.FCR_ENABLE);
    type('0123456789abcdefREST');
    set(reg.IIR_FCR, reg.FCR_ENABLE | reg.FCR_CLEAR_RX);
    expect(receive()).toBe('REST');
  });
});

describe('probing', () => {
  it('shows the FIFO as a 16550A does', () => {
    set(reg.IIR_FCR, reg.FCR_ENABLE);
    expect(get(reg.IIR_FCR) & 0xc0).toBe(reg.IIR_FIFO_ENABLED);
    set(reg.IIR_FCR, 0);
    expect(get(reg.IIR_FCR) & 0xc0).toBe(0);
  });

  it('keeps IER to four bits, MCR to five and the scratch register whole', () => {
    set(reg.IER_DLM, 0xff);
    set(reg.MCR, 0xff);
    set(reg.SCR, 0xa5);
    expect([get(reg.IER_DLM), get(reg.MCR), get(reg.SCR)]).toEqual([0x0f, 0x1f, 0xa5]);
  });

  it('loops the modem lines back as autoconfig expects', () => {
    set(reg.MCR, reg.MCR_LOOPBACK | 0x0a);
    expect(get(reg.MSR) & 0xf0).toBe(0x90);
    set(reg.MCR, 0);
    expect(get(reg.MSR) & 0xf0).toBe(0xb0);
  });

  it('loops bytes back without letting them out, and overruns when nobody reads', () => {
    set(reg.MCR, reg.MCR_LOOPBACK);
    set(reg.IIR_FCR, reg.FCR_ENABLE);
    set(reg.IER_DLM, reg.IER_RLSI);
    for (const byte of ascii('0123456789abcdef!')) set(reg.RBR_THR_DLL, byte);
    expect(context.outputs).toEqual([]);
    expect(get(reg.IIR_FCR) & 0x0f).toBe(reg.IIR_RLSI);
    expect(get(reg.LSR) & reg.LSR_OE).toBe(reg.LSR_OE);
    expect(receive()).toBe('0123456789abcdef');
  });

  it('reports changed modem lines once', () => {
    set(reg.IER_DLM, reg.IER_MSI);
    set(reg.MCR, reg.MCR_LOOPBACK | reg.MCR_RTS | reg.MCR_OUT1);
    expect(get(reg.IIR_FCR)).toBe(reg.IIR_MSI);
    expect(context.line).toBe(true);
    // DSR and DCD fell; CTS stayed; a rising RI has no delta.
    expect(get(reg.MSR)).toBe(reg.MSR_CTS | reg.MSR_RI | 0x0a);
    expect(context.line).toBe(false);
    set(reg.MCR, reg.MCR_LOOPBACK | reg.MCR_RTS);
    expect(get(reg.MSR)).toBe(reg.MSR_CTS | reg.MSR_TERI);
  });
});
