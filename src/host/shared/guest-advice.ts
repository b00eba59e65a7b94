/** What to run about a prepared guest that is not as it should be. */

const command = (...options: readonly string[]): string =>
  options.length === 0 ? '"npm run guest"' : `"npm run guest -- ${options.join(' ')}"`;

const chosen = (kernel: 'stock' | 'small'): readonly string[] =>
  kernel === 'small' ? ['--kernel', 'small'] : [];

/** Names what makes a guest that is not there. */
export const prepareCommand = (kernel: 'stock' | 'small'): string => command(...chosen(kernel));

/** Names what makes damaged files anew: without `--verify` only sizes are compared. */
export const repairCommand = (kernel: 'stock' | 'small'): string =>
  command(...chosen(kernel), '--verify');

/** Names what makes the snapshot anew: without `--snapshot` one that is there is kept. */
export const snapshotCommand = (kernel: 'stock' | 'small'): string =>
  command(...chosen(kernel), '--snapshot');
