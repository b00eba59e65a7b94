/** Why a machine cannot be had, in words for people: what is the matter, and what to do about it. */
export interface HostProblem {
  readonly message: string;
  readonly advice: string;
}

export const problem = (message: string, advice: string): HostProblem => ({ message, advice });

/** Both sentences, for a terminal. */
export const problemText = ({ message, advice }: HostProblem): string =>
  `${message} ${advice}`.trim();
