/** A state's colour; see the tokens of the same names. */
export type Tone = 'amber' | 'blue' | 'green' | 'violet' | 'red' | 'ink';
/** A state's picture; see `parts/icons.tsx`. */
export type StateIcon =
  'unprotected' | 'copying' | 'protected' | 'deciding' | 'watching' | 'starting' | 'off' | 'failed';

/** A state as people meet it: a colour, a picture, a word, and a sentence. */
export interface Face {
  readonly tone: Tone;
  readonly icon: StateIcon;
  readonly word: string;
  readonly sentence: string;
}
