/** Commands that machines are measured with. */

/** Integer work, all in user mode; some 740 million instructions. */
export const INTEGER = 'seq 1 300000 | gzip -6 | sha256sum';
/** What INTEGER prints: a machine that computes something else is not worth timing. */
export const INTEGER_ANSWER = '2f7bf23f';
