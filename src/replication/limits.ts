/**
 * Every number of the protocol, with the reason for it (R7). Times are milliseconds.
 *
 * Two nodes that lose sight of each other while both live should agree that the *primary* goes on,
 * because then the guest does not stop at all: it therefore looks for the standby's silence a
 * little sooner than the standby looks for its. Either way the witness decides (R5).
 */

/**
 * A beat of a primary whose guest speaks. It costs some 40 bytes, and both sides, their network threads included, a
 * millisecond or two of a core together …
 */
export const HEARTBEAT_MS = 20;
/**
 * … which is why the others beat half as often: a primary when nobody has had anything to read for a while,
 * and a standby, whose acknowledgements count as beats.
 */
export const CALM_HEARTBEAT_MS = 40;
/** A guest that has said nothing for so long has nobody waiting for its next word. */
export const CALM_AFTER_MS = 1_000;

/**
 * Four beats, nearly. Round trips under a full queue of 256 KiB are 40-57 ms, and a busy two-core host
 * holds a worker back for up to 100 ms; below this a healthy standby would be dropped.
 */
export const STANDBY_SILENCE_MS = 150;

/**
 * Five beats or ten, and more than STANDBY_SILENCE_MS (see above). Only for hangs, stops and other machines: a
 * killed renderer says so itself by releasing its lock, within 20-50 ms.
 */
export const PRIMARY_SILENCE_MS = 200;

/**
 * So much later than the primary's next beat was to come the standby's machine begins to run, so that it has
 * something to say by the time that it is known whether it may. A mistake costs some milliseconds of a core, because
 * all of it is taken back …
 */
export const SPECULATION_MARGIN_MS = 5;
/** … and on a busy computer it would be made often: not more than a hundredth of a core is spent on it. */
export const SPECULATION_PERIOD_MS = 1_000;

/**
 * On a computer whose cores are busy a healthy party is silent for longer. So many times the longest silence of the
 * last seconds that ended well is waited, too; the primary again somewhat less than the standby.
 */
export const STANDBY_SILENCE_TIMES = 3;
export const PRIMARY_SILENCE_TIMES = 4;
export const USUAL_HALF_LIFE_MS = 3_000;
/** However restless it was before: a second's downtime is what others have. */
export const MOST_PATIENCE_MS = 1_000;

/**
 * During a first copy either side may be busy for long, and nothing is at stake but the copy. Watchers
 * have nothing at stake at all.
 */
export const RELAXED_SILENCE_MS = 2_000;

/**
 * The primary's beats come from the worker that replicates; how long ago the *machine's* worker gave a
 * sign of life is in them. A slice is 1 ms, but compiling or a throttled guest may hold it for 100-200 ms.
 */
export const MACHINE_HUNG_MS = 500;

/**
 * A party that was itself not running (stopped, starved) must not count that time as the other's
 * silence: between two looks at the clock at most this much is counted.
 */
export const LONGEST_OBSERVED_GAP_MS = CALM_HEARTBEAT_MS;

/** An unanswered claim is repeated; the witness answers a repeated claim the same way. */
export const CLAIM_RETRY_MS = 100;

/** Unanswered hello, welcome or ready: the link is up, so an answer takes milliseconds. */
export const JOIN_RETRY_MS = 500;

/** Preparing a standby fetches the guest's snapshot; longer means that it does not work. */
export const PREPARE_TIMEOUT_MS = 60_000;

/**
 * A standby that beats but does not acknowledge what was sent whole is of no use. Far above any apply
 * time: it costs a full copy.
 */
export const COMMIT_TIMEOUT_MS = 10_000;

/** Answers to a party that keeps talking in an old term are not sent more often. */
export const REMIND_MS = 50;

/** A handover that the standby does not take up is called off (by way of the witness). */
export const HANDOVER_TIMEOUT_MS = 2_000;

/** Checkpoint by the clock, while there is something to save (DESIGN: 20 ms). */
export const INTERVAL_MS = 20;

/** Output asks for a checkpoint at once, but not more often than this: 500 a second at most. */
export const SHORTEST_EPOCH_MS = 2;

/**
 * Where there are two cores, all work that is not the guest's comes off the guest in the end: copying and encoding, and
 * twice as much again for the network and the standby. While nobody waits for output an epoch is so many times as long
 * as a checkpoint takes to make …
 */
export const SPARING_TIMES = 20;
/** … longer when nobody has had anything to read for a while: else the checkpoint of the next word has more to carry … */
export const CALM_SPARING_TIMES = 60;
/** … but no longer than this: what is at risk is work, a fifth of a second of it, and nothing that anybody has seen. */
export const LONGEST_SPARING_EPOCH_MS = 200;

/** Back-pressure lengthens the epoch up to here; a crash would lose that much unseen work. */
export const LONGEST_EPOCH_MS = 500;

/** Epochs on their way at once: enough to fill a round trip of 57 ms at 20 ms an epoch. */
export const WINDOW_EPOCHS = 4;

/** Rounds of catching up with an open gate before it is closed regardless. */
export const CATCH_UP_ROUNDS = 5;

/** What can be sent in 50 ms at 10 MB/s: catching up ends when a round is smaller. */
export const CATCH_UP_BYTES = 512 * 1024;

/** Attempts at sending checkpoints that the standby rejects in a row before it is dropped. */
export const REJECTS_IN_A_ROW = 5;

/** Output held by a closed gate; then the guest waits (as for a slow terminal). */
export const GATE_BYTES = 1 << 20;

/** Released output kept for terminals that come late: some 3,000 lines. */
export const BACKLOG_BYTES = 1 << 18;
/** Backlog is kept in pieces of this size, so that appending copies little. */
export const BACKLOG_PIECE_BYTES = 4096;
/** Two consoles in turn make short pieces: their number has a limit of its own. */
export const BACKLOG_PIECES = 1024;

/** Keys kept until they are committed: a large paste. More is refused, aloud. */
export const INPUT_LOG_BYTES = 4 << 20;
/** One item of input; longer input is cut, so that devices take it bit by bit. */
export const INPUT_ITEM_BYTES = 2048;
/** Keyboards whose sequence numbers are remembered; the one that was silent longest is forgotten. */
export const INPUT_SOURCES = 256;

/** Terminals that only watch, and those that queue as the next standby. */
export const PEERS = 16;

/** Payload of one frame of the bulk; 64 KiB messages are what data channels like best. */
export const CHUNK_BYTES = 65_536;
/** Figures of an interval and the newest takeovers: a few KiB. */
export const TELEMETRY_BYTES = 15 * 1024;

/** Of the list of hot code, at most so much in one message: some forty pages. */
export const HOT_CODE_BYTES = 15 * 1024;

/** A checkpoint of 2 GiB in chunks of 64 KiB has 32,768; the cap is for damaged counts. */
export const CHECKPOINT_CHUNKS = 1 << 20;
