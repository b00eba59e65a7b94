/** Numbers of signalling, with reasons (R7). Sizes are bytes, times milliseconds. */

/** A description of a connection with data channels only has some 500 bytes, with all candidates 3,000. */
export const SDP_CHARACTERS = 16_384;
export const CANDIDATE_CHARACTERS = 1_024;
/** What a party says about itself, as "primary" or a name. */
export const ABOUT_CHARACTERS = 64;

/** Over the longest message there is, in UTF-8 and JSON, and its envelope. */
export const ENVELOPE_BYTES = 65_536;

/**
 * A sealed message older than this, or from so far in the future, is refused: whoever has come since
 * cannot know whether it is a replay. Above what two clocks set by the network differ in.
 */
export const FRESH_MS = 60_000;

/** Parties remembered so that nothing of theirs can be replayed. Only those who know the secret are counted. */
export const PARTIES = 1_024;

/** Messages waiting to be opened; a flood beyond is dropped and told. */
export const WAITING_ENVELOPES = 256;
