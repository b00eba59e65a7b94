/** The command line as people start it. */
import { readFileSync } from 'node:fs';

/**
 * Arguments for Node that run `npm run -s tandem -- ARGS` without npm, in the project's folder: the flags in
 * package.json belong to what is measured.
 */
export function commandLine(...args: readonly string[]): string[] {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly scripts: { readonly tandem: string };
  };
  const [node, ...words] = scripts.tandem.split(' ');
  if (node !== 'node') throw new Error(`"${scripts.tandem}" does not start Node`);
  return [...words, ...args];
}
