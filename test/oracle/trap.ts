/** Exception and interrupt codes (privileged manual, table of mcause values). */
export const Cause = {
  instructionAccessFault: 1n,
  illegalInstruction: 2n,
  breakpoint: 3n,
  loadMisaligned: 4n,
  loadAccessFault: 5n,
  storeMisaligned: 6n,
  storeAccessFault: 7n,
  userCall: 8n,
  supervisorCall: 9n,
  machineCall: 11n,
  instructionPageFault: 12n,
  loadPageFault: 13n,
  storePageFault: 15n,
} as const;

/** Thrown while an instruction executes: it has no effect, the hart takes this exception. */
export class Exception extends Error {
  override readonly name = 'Exception';
  readonly cause_: bigint;
  readonly tval: bigint;

  constructor(cause: bigint, tval: bigint) {
    super(`exception ${cause}`);
    this.cause_ = cause;
    this.tval = tval;
  }
}

/** The instruction is illegal; the hart puts its bits into tval. */
export class IllegalInstruction extends Error {
  override readonly name = 'IllegalInstruction';
}

/** What kind of memory access is made: it selects the exceptions and the permission needed. */
export type Access = 'fetch' | 'load' | 'store';

export const pageFault = (access: Access, address: bigint): Exception =>
  new Exception(
    { fetch: Cause.instructionPageFault, load: Cause.loadPageFault, store: Cause.storePageFault }[
      access
    ],
    address,
  );

export const accessFault = (access: Access, address: bigint): Exception =>
  new Exception(
    {
      fetch: Cause.instructionAccessFault,
      load: Cause.loadAccessFault,
      store: Cause.storeAccessFault,
    }[access],
    address,
  );
