/** Every number of the transport, with the reason for it (R7). Sizes are bytes, times milliseconds. */

/** What Chromium's SCTP says it takes as one message; longer ones make `send` throw. */
export const MAX_MESSAGE_SIZE = 262_144;

/**
 * What goes into the data channel at once: 64 KiB and room for the headers of those above. Longer is no
 * faster, shorter costs more (16 KiB: a third of the throughput and twice the CPU).
 */
export const CHUNK_BYTES = 65_536 + 1_024;

/**
 * Bytes waiting in a data channel before more is held back. With 256 KiB a round trip during a bulk transfer
 * takes 40-57 ms, with 8 MiB 500-770 ms, at the same throughput.
 */
export const HIGH_WATER_BYTES = 262_144;

/** Where a full queue asks for more: one chunk is left, so that the line does not run dry. */
export const LOW_WATER_BYTES = 65_536;

/**
 * Where a data channel has no `bufferedamountlow` event its queue is looked at this often. At 16 MB/s
 * 192 KiB (high to low water) drain in 12 ms.
 */
export const DRAIN_POLL_MS = 4;

/** Small talk between the two sides, with the guest's description as the longest. */
export const CONTROL_MESSAGE_BYTES = 262_144;

/** A part of a checkpoint; whatever is longer is cut by the sender of checkpoints, who needs progress too. */
export const BULK_MESSAGE_BYTES = 1_048_576;

/** A beat has some 40 bytes. */
export const HEARTBEAT_MESSAGE_BYTES = 1_024;

/** More beats than this in the queue mean that the line is dead: further ones tell nobody anything. */
export const HEARTBEAT_HIGH_WATER_BYTES = 4_096;

/** Two tabs connect in 0.1-0.3 s; a phone with a bad network in some seconds. */
export const CONNECT_TIMEOUT_MS = 15_000;

/** Proofs take a few round trips; the rest is for a worker that is busy starting. */
export const PAIRING_TIMEOUT_MS = 15_000;

/** Between those who are about to connect and those who did: one machine has few friends. */
export const CONNECTIONS = 16;

/** Pairing takes three messages of each side; more before this side is connected are a flood. */
export const PAIRING_MESSAGES = 8;

/** A refusal needs one way to the other side before the connection is cut, else nobody hears the reason. */
export const REFUSAL_LINGER_MS = 500;
