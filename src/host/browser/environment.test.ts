import { expect, it } from 'vitest';
import { checkEnvironment, type EnvironmentGlobals } from './environment.ts';

const good: EnvironmentGlobals = {
  crossOriginIsolated: true,
  SharedArrayBuffer,
  Worker: () => undefined,
  WebAssembly: WebAssembly as unknown as NonNullable<EnvironmentGlobals['WebAssembly']>,
};

class NoThreads {
  readonly buffer = new ArrayBuffer(0);
}

it.each<[string, EnvironmentGlobals, string]>([
  ['a current browser', good, 'ok'],
  ['a page that is not isolated', { ...good, crossOriginIsolated: false }, 'not-isolated'],
  ['no shared memory', { ...good, SharedArrayBuffer: undefined }, 'no-shared-memory'],
  ['no threads', { ...good, WebAssembly: { Memory: NoThreads } }, 'no-wasm-threads'],
  ['no workers', { ...good, Worker: undefined }, 'no-workers'],
])('%s: %#', (_name, globals, expected) => {
  const result = checkEnvironment(globals);
  expect(result.ok ? 'ok' : result.error.kind).toBe(expected);
  if (!result.ok) {
    expect(result.error.message).toMatch(/^[A-Z].*\.$/);
    expect(result.error.advice).toMatch(/^[A-Z].*\.$/);
  }
});
