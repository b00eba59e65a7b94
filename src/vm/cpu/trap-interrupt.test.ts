import { describe, expect, it } from 'vitest';
import {
  CPU_IRQ_LINES,
  CPU_MIP,
  CPU_MTIMECMP,
  CPU_REDIRECT,
  CPU_TIME_BASE,
  CPU_TIME_COUNT,
  CPU_WAITING,
  STAT_INTERRUPTS,
  TIME_SHIFT,
} from '../layout.ts';
import { M, type Mode, S, TestHart, U, ram } from './testing/test-hart.ts';

const SIE = 1n << 1n;
const MIE = 1n << 3n;
const SPIE = 1n << 5n;
const MPIE = 1n << 7n;
const SPP = 1n << 8n;
const MPP_S = 1n << 11n;
const MPP_M = 3n << 11n;
const MPRV = 1n << 17n;
const TW = 1n << 21n;
const STATES = SIE | MIE | SPIE | MPIE | SPP | MPP_M | MPRV;
const INTERRUPT = 1n << 63n;
const ALL = (1n << 64n) - 1n;
const STCE = 1n << 63n;
const STIP = 1n << 5n;
const MTIP = 1n << 7n;
const PC = ram(0x1234);

const status = (hart: TestHart): bigint => hart.inMachineMode(() => hart.read('mstatus')) & STATES;

function hartAt(mode: Mode, setup: (hart: TestHart) => void = () => undefined): TestHart {
  const hart = new TestHart();
  hart.write('mtvec', 0x1000n);
  hart.write('stvec', 0x2000n);
  setup(hart);
  hart.slice();
  hart.pc = PC;
  return hart.enter(mode);
}

describe('interrupts', () => {
  const takes = (hart: TestHart): bigint | undefined => {
    hart.leaves.update_interrupts();
    return hart.leaves.take_interrupt() === 1
      ? hart.read(hart.mode === M ? 'mcause' : 'scause') & ~INTERRUPT
      : undefined;
  };
  const RAISED = 0xaaan;

  /** All six pending. */
  function allPending(mode: Mode, enabled: bigint, delegated = 0n, mstatus = MIE | SIE): TestHart {
    return hartAt(mode, (hart) => {
      hart.setI32(CPU_IRQ_LINES, 0xa08);
      hart.setU64(CPU_MTIMECMP, 0n);
      hart.write('mip', 0x222n);
      hart.write('mideleg', delegated);
      hart.write('mie', enabled);
      hart.write('mstatus', mstatus);
    });
  }

  it('are taken in the order MEI, MSI, MTI, SEI, SSI, STI', () => {
    let enabled = RAISED;
    const order = [];
    while (enabled !== 0n) {
      const cause = takes(allPending(M, enabled));
      if (cause === undefined) break;
      order.push(Number(cause));
      enabled &= ~(1n << cause);
    }
    expect(order).toEqual([11, 3, 7, 9, 1, 5]);
  });

  it('for M-mode come before those for S-mode', () => {
    expect(takes(allPending(U, RAISED, 0x222n))).toBe(11n);
    expect(takes(allPending(U, 0x222n | MTIP, 0x222n))).toBe(7n);
    // SSI is not delegated: it goes to M, before the delegated SEI.
    const hart = allPending(S, 0x222n, 0x220n);
    expect([takes(hart), hart.mode]).toEqual([1n, M]);
  });

  it.each<[Mode, bigint, bigint | undefined, bigint | undefined]>([
    // mode, mstatus, not delegated, delegated
    [U, 0n, 9n, 9n],
    [S, 0n, 9n, undefined],
    [S, SIE, 9n, 9n],
    [S, MIE, 9n, undefined],
    [M, 0n, undefined, undefined],
    [M, SIE, undefined, undefined],
    [M, MIE, 9n, undefined],
  ])(
    'in mode %i with mstatus %i are let through as the manual says',
    (mode, mstatus, machine, supervisor) => {
      expect(takes(allPending(mode, 1n << 9n, 0n, mstatus))).toBe(machine);
      const delegated = allPending(mode, 1n << 9n, 0x222n, mstatus);
      expect(takes(delegated)).toBe(supervisor);
      if (supervisor !== undefined) expect(delegated.mode).toBe(S);
    },
  );

  it('enter the handler, vectored or not', () => {
    const direct = allPending(S, 1n << 11n);
    expect(takes(direct)).toBe(11n);
    expect([direct.pc, direct.read('mepc'), direct.read('mtval')]).toEqual([0x1000n, PC, 0n]);
    expect(direct.read('mcause')).toBe(INTERRUPT | 11n);
    expect(status(direct)).toBe(MPIE | MPP_S | SIE);
    const vectored = allPending(S, 1n << 11n);
    vectored.inMachineMode(() => {
      vectored.write('mtvec', 0x1001n);
    });
    takes(vectored);
    expect(vectored.pc).toBe(0x1000n + 4n * 11n);
    const supervisor = allPending(U, 1n << 5n, 0x222n);
    supervisor.inMachineMode(() => {
      supervisor.write('stvec', 0x2001n);
    });
    takes(supervisor);
    expect([supervisor.mode, supervisor.pc]).toEqual([S, 0x2000n + 4n * 5n]);
    expect(supervisor.u64(STAT_INTERRUPTS)).toBe(1n);
    // An engine starts at CPU_PC: nothing must look like a trap of its first instruction.
    expect(supervisor.i32(CPU_REDIRECT)).toBe(0);
  });

  it('are not taken when masked', () => {
    expect(takes(allPending(U, 0n))).toBeUndefined();
  });
});

describe('the slice', () => {
  const pendingSoftware = (mode: Mode, mstatus = 0n): TestHart =>
    hartAt(mode, (hart) => {
      hart.write('mideleg', 0x222n);
      hart.write('mie', 0x2n);
      hart.write('mip', 0x2n);
      hart.write('mstatus', mstatus);
    });

  it('ends when a write lets an interrupt through', () => {
    const hart = pendingSoftware(S);
    hart.access('sstatus', 'set', SPIE);
    expect(hart.sliceEnded()).toBe(false);
    hart.access('sstatus', 'set', SIE);
    expect(hart.sliceEnded()).toBe(true);
    expect(hart.leaves.take_interrupt()).toBe(1);
  });

  it('goes on when nothing is pending', () => {
    const hart = hartAt(S, (h) => {
      h.write('mideleg', 0x222n);
    });
    hart.access('sstatus', 'set', SIE);
    hart.access('sip', 'set', 2n); // not enabled in sie
    expect(hart.sliceEnded()).toBe(false);
    hart.access('sie', 'set', 2n);
    expect(hart.sliceEnded()).toBe(true);
  });

  it('ends when sip raises what is enabled', () => {
    const hart = hartAt(S, (h) => {
      h.write('mideleg', 0x222n);
      h.write('mie', 2n);
      h.write('mstatus', SIE);
    });
    hart.access('sip', 'set', 2n);
    expect(hart.sliceEnded()).toBe(true);
  });

  it('ends behind an xRET that lets an interrupt through', () => {
    const back = pendingSoftware(S, SPIE);
    back.leaves.sret();
    expect([back.mode, back.sliceEnded()]).toEqual([U, true]);
    const masked = pendingSoftware(S, SPP);
    masked.leaves.sret();
    expect([masked.mode, masked.sliceEnded()]).toEqual([S, false]);
    const machine = pendingSoftware(M, 0n);
    machine.leaves.mret();
    expect([machine.mode, machine.sliceEnded()]).toEqual([U, true]);
  });

  it('keeps the count when it ends', () => {
    const hart = hartAt(M);
    const count = hart.count();
    hart.leaves.end_slice();
    expect([hart.sliceEnded(), hart.count()]).toEqual([true, count]);
  });
});

describe('wfi', () => {
  it('waits and ends the slice when nothing is pending', () => {
    for (const mode of [M, S] as const) {
      const hart = hartAt(mode);
      hart.leaves.wfi();
      expect([hart.i32(CPU_WAITING), hart.sliceEnded()]).toEqual([1, true]);
      expect(hart.trap()).toBeUndefined();
    }
  });

  it('does not wait when an enabled interrupt is pending, taken or not', () => {
    const hart = hartAt(S, (h) => {
      h.write('mideleg', 0x222n);
      h.write('mie', 0x2n);
      h.write('mip', 0x2n);
    });
    hart.leaves.wfi();
    expect([hart.i32(CPU_WAITING), hart.sliceEnded()]).toEqual([0, false]);
  });

  it('is ended by an interrupt that mie enables', () => {
    const hart = hartAt(M, (h) => {
      h.write('mie', 1n << 11n);
    });
    hart.leaves.wfi();
    hart.leaves.update_interrupts();
    expect([hart.leaves.interrupt_pending(), hart.i32(CPU_WAITING)]).toEqual([0, 1]);
    hart.setI32(CPU_IRQ_LINES, 1 << 9);
    hart.leaves.update_interrupts();
    expect([hart.leaves.interrupt_pending(), hart.i32(CPU_WAITING)]).toEqual([0, 1]);
    hart.setI32(CPU_IRQ_LINES, 1 << 11);
    hart.leaves.update_interrupts();
    expect([hart.leaves.interrupt_pending(), hart.i32(CPU_WAITING)]).toEqual([1, 0]);
    expect(hart.leaves.take_interrupt()).toBe(0); // MIE is 0
  });

  it('is illegal in U-mode, and in S-mode with TW', () => {
    const user = hartAt(U);
    user.leaves.wfi();
    expect(user.trap()).toMatchObject({ cause: 2n });
    const trapped = hartAt(S, (h) => {
      h.write('mstatus', TW);
    });
    trapped.leaves.wfi();
    expect(trapped.trap()).toMatchObject({ cause: 2n });
  });
});

describe('timers', () => {
  function timed(): TestHart {
    const hart = hartAt(M);
    hart.setU64(CPU_TIME_BASE, 1000n);
    hart.setU64(CPU_TIME_COUNT, hart.count());
    return hart;
  }

  it('fire at their compare and not before', () => {
    const hart = timed();
    hart.setU64(CPU_MTIMECMP, 1001n);
    hart.execute((1 << TIME_SHIFT) - 1);
    hart.leaves.update_interrupts();
    expect(hart.u64(CPU_MIP)).toBe(0n);
    hart.execute(1);
    hart.leaves.update_interrupts();
    expect(hart.u64(CPU_MIP)).toBe(MTIP);
  });

  it('have a deadline while mie listens and they have not fired', () => {
    const hart = timed();
    const deadline = (): bigint => hart.leaves.timer_deadline();
    hart.setU64(CPU_MTIMECMP, 3000n);
    hart.write('stimecmp', 2000n);
    expect(deadline()).toBe(-1n);
    hart.write('mie', MTIP | STIP);
    expect(deadline()).toBe(3000n); // Sstc is off
    hart.write('menvcfg', STCE);
    expect(deadline()).toBe(2000n);
    hart.write('mie', MTIP);
    expect(deadline()).toBe(3000n);
    hart.write('mie', STIP);
    expect(deadline()).toBe(2000n);
    hart.setU64(CPU_TIME_BASE, 2000n);
    hart.leaves.update_interrupts();
    expect([hart.u64(CPU_MIP), deadline()]).toEqual([STIP, -1n]);
    hart.write('stimecmp', ALL);
    expect([hart.u64(CPU_MIP), deadline()]).toEqual([0n, -1n]);
  });

  it('have the time of the instruction count they are planned for', () => {
    const hart = timed();
    hart.setU64(CPU_MTIMECMP, 1000n + 77n);
    hart.write('mie', MTIP);
    const ticks = hart.leaves.timer_deadline() - hart.leaves.guest_time();
    hart.execute(Number(ticks << BigInt(TIME_SHIFT)));
    hart.leaves.update_interrupts();
    expect(hart.u64(CPU_MIP)).toBe(MTIP);
  });
});
