import { err, ok, type Result } from '../../base/result.ts';
import type { EnvironmentProblem } from './types.ts';

/** The globals that are looked at; tests give their own. */
export interface EnvironmentGlobals {
  readonly crossOriginIsolated?: boolean;
  readonly SharedArrayBuffer?: unknown;
  readonly Worker?: unknown;
  readonly WebAssembly?: {
    readonly Memory: new (descriptor: object) => { readonly buffer: unknown };
  };
}

const MODERN = 'Use a current Chrome, Edge, Firefox or Safari.';

function hasWasmThreads(globals: EnvironmentGlobals): boolean {
  try {
    if (globals.WebAssembly === undefined) return false;
    const memory = new globals.WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    return memory.buffer instanceof SharedArrayBuffer;
  } catch {
    return false;
  }
}

/** Whether a page with these globals can run the machine. */
export function checkEnvironment(
  globals: EnvironmentGlobals = globalThis as unknown as EnvironmentGlobals,
): Result<undefined, EnvironmentProblem> {
  if (typeof globals.Worker !== 'function') {
    return err({ kind: 'no-workers', message: 'This browser has no web workers.', advice: MODERN });
  }
  if (globals.crossOriginIsolated === false) {
    return err({
      kind: 'not-isolated',
      message: 'This page is not cross-origin isolated, so the browser gives it no shared memory.',
      advice:
        'Open it as "npm start" serves it (https, or http on localhost), or serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.',
    });
  }
  if (typeof globals.SharedArrayBuffer !== 'function') {
    const message = 'This browser has no shared memory (SharedArrayBuffer).';
    return err({ kind: 'no-shared-memory', message, advice: MODERN });
  }
  if (!hasWasmThreads(globals)) {
    const message = 'This browser has no WebAssembly threads.';
    return err({ kind: 'no-wasm-threads', message, advice: MODERN });
  }
  return ok(undefined);
}
