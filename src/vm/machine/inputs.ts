/**
 * Everything that reaches the machine from outside (R6). An input takes effect at the instruction
 * count at which it is given, and `Machine.onInput` sees each with that count: this is the one
 * place where a log for replay can be written.
 */
export type MachineInput =
  /** Host time, in 100 ns ticks of the guest's timebase; earlier than guest time is ignored (R10). */
  | { readonly kind: 'time'; readonly ticks: bigint }
  /** The wall clock: nanoseconds since the epoch that correspond to guest tick 0. */
  | { readonly kind: 'wall-clock'; readonly originNs: bigint }
  /** Bytes for a console-like device (`uart0`, `console0`, `agent0`). */
  | { readonly kind: 'console'; readonly device: string; readonly bytes: Uint8Array }
  | {
      readonly kind: 'resize';
      readonly device: string;
      readonly columns: number;
      readonly rows: number;
    }
  /** An Ethernet frame for a network device, without FCS. */
  | { readonly kind: 'frame'; readonly device: string; readonly bytes: Uint8Array }
  /** Random bytes for the entropy device's pool. */
  | { readonly kind: 'entropy'; readonly device: string; readonly bytes: Uint8Array };

/** What leaves the machine. The output gate of the pair stands between this and the viewer (R3). */
export type MachineOutput =
  | { readonly kind: 'console'; readonly device: string; readonly bytes: Uint8Array }
  | { readonly kind: 'frame'; readonly device: string; readonly bytes: Uint8Array }
  /** The entropy device has requests it cannot serve: at least `bytes` are wanted. */
  | { readonly kind: 'entropy-wanted'; readonly device: string; readonly bytes: number };

/** Why `Machine.run` came back. */
export type RunResult =
  /** The instructions asked for were executed. */
  | { readonly reason: 'budget' }
  /** WFI with nothing pending. `until` is the guest time (ticks) of the next timer, or undefined. */
  | { readonly reason: 'wait'; readonly until: bigint | undefined }
  /** The guest switched itself off; running on has no effect. */
  | { readonly reason: 'halt'; readonly halt: Halt };

export type Halt =
  | { readonly kind: 'poweroff' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'failure'; readonly code: number };
