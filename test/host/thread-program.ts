/** Programs of worker threads for tests: Node 20 runs no TypeScript there. */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Bundles a thread's program into one module. */
export async function threadProgram(source: URL): Promise<URL> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: { ssr: fileURLToPath(source), write: false, target: 'node20' },
  });
  const outputs = Array.isArray(result) ? result : [result];
  const chunk = outputs.flatMap((output) => ('output' in output ? output.output : []))[0];
  if (chunk?.type !== 'chunk') throw new Error('the thread has no program');
  return new URL(`data:text/javascript;base64,${Buffer.from(chunk.code).toString('base64')}`);
}
