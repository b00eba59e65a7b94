import type { GuestEnd } from './loop-end.ts';

/** A halt in a sentence for people. */
export function haltMessage(end: GuestEnd): string {
  if (end.kind === 'panic') return `The guest's kernel panicked: ${end.text}.`;
  switch (end.halt.kind) {
    case 'poweroff':
      return 'The guest switched itself off.';
    case 'reset':
      return 'The guest asked for a restart.';
    case 'failure':
      return `The guest reported failure ${String(end.halt.code)} and stopped.`;
  }
}
