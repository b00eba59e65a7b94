/** A bound on what the guest or the outside can make a device hold or do (R7). */
export interface Limit {
  readonly value: number;
  readonly unit: 'bytes' | 'frames' | 'entries';
  /** Why this number. */
  readonly reason: string;
  /** What happens when it is reached. */
  readonly policy: string;
}

/** Every limit of every device, with its reason: device state is saved in the pause, so it stays small. */
export const LIMITS = {
  uartBacklog: {
    value: 4096,
    unit: 'bytes',
    reason: 'a screenful of pasted text; the UART is the firmware and kernel log, not the shell',
    policy: 'bytes over it are dropped and counted; ask room() first',
  },
  consoleBacklog: {
    value: 65536,
    unit: 'bytes',
    reason: 'one large agent message, and still copied in microseconds when it is saved',
    policy: 'bytes over it are dropped and counted; ask room() first',
  },
  consoleChain: {
    value: 65536,
    unit: 'bytes',
    reason: 'Linux sends at most 16 pages in a request; a larger one is a broken driver',
    policy: 'the device asks for a reset (DEVICE_NEEDS_RESET)',
  },
  consoleQueue: {
    value: 32,
    unit: 'entries',
    reason: 'Linux puts a whole page of its RAM behind every receive entry',
    policy: 'the driver waits for a used entry',
  },
  netBacklog: {
    value: 64,
    unit: 'frames',
    reason: 'on top of the 256 buffers of the receive ring: 100 KB of state at most',
    policy: 'new frames are dropped and counted, as on a wire',
  },
  netFrame: {
    value: 1518,
    unit: 'bytes',
    reason: 'Ethernet with a VLAN tag and without FCS; no offload makes larger ones',
    policy: 'the frame is dropped and counted',
  },
  netQueue: {
    value: 256,
    unit: 'entries',
    reason: 'what QEMU offers; 3 ms of a gigabit',
    policy: 'the driver waits for a used entry',
  },
  blockQueue: {
    value: 256,
    unit: 'entries',
    reason: 'requests are served in the notification itself, so depth buys nothing more',
    policy: 'the driver waits for a used entry',
  },
  blockSegments: {
    value: 254,
    unit: 'entries',
    reason: 'queue size less header and status: the longest chain the specification allows',
    policy: 'told to the driver as seg_max; a longer chain makes the device ask for a reset',
  },
  blockRequest: {
    value: 16 << 20,
    unit: 'bytes',
    reason: 'four times what Linux asks for at most; bounds the work of one notification',
    policy: 'the request fails with an I/O error',
  },
  blockPiece: {
    value: 65536,
    unit: 'bytes',
    reason: 'the size of the buffer between a byte source and guest RAM',
    policy: 'larger requests are copied piece by piece',
  },
  entropyPool: {
    value: 4096,
    unit: 'bytes',
    reason: 'the kernel asks for 64 bytes at a time; a pool larger than a page is never used up',
    policy: 'bytes over it are dropped and counted',
  },
  entropyQueue: {
    value: 8,
    unit: 'entries',
    reason: 'Linux has one request in flight',
    policy: 'the driver waits for a used entry',
  },
} as const satisfies Readonly<Record<string, Limit>>;
