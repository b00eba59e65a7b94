/** What a cold boot starts from, fetched with progress. */
import { assert } from '../../base/assert.ts';
import { ok, type Result } from '../../base/result.ts';
import type { BootFiles } from '../../vm/machine/boot.ts';
import type { HostProblem } from '../shared/problem.ts';
import type { GuestServer, OnBytes } from './guest-server.ts';
import type { StartProgress, StartStage } from './types.ts';

/** Progress is for people: a few times a second is enough (R12). */
const PROGRESS_INTERVAL_MS = 80;

export type Report = (progress: StartProgress) => void;

/** Counts one stage's bytes and reports them now and then. */
export function stageReporter(
  report: Report,
  stage: StartStage,
  total: () => number | undefined,
): OnBytes {
  let last = 0;
  return (bytes) => {
    const now = performance.now();
    const totalBytes = total();
    if (now - last < PROGRESS_INTERVAL_MS && bytes !== totalBytes) return;
    last = now;
    report({ stage, bytes, totalBytes });
  };
}

/** Fetches and checks firmware, kernel and initial RAM disk, side by side. */
export async function fetchBootFiles(
  server: GuestServer,
  report: Report,
): Promise<Result<BootFiles, HostProblem>> {
  const { files, commandLine } = server.manifest;
  const roles = ['firmware', 'kernel', 'initrd'] as const;
  const totalBytes = roles.reduce((sum, role) => sum + files[role].bytes, 0);
  const done = { firmware: 0, kernel: 0, initrd: 0 };
  const onBytes = stageReporter(report, 'kernel', () => totalBytes);
  const [firmware, kernel, initrd] = await Promise.all(
    roles.map((role) =>
      server.file(role, (bytes) => {
        done[role] = bytes;
        onBytes(done.firmware + done.kernel + done.initrd);
      }),
    ),
  );
  assert(firmware !== undefined && kernel !== undefined && initrd !== undefined, 'three files');
  if (!firmware.ok) return firmware;
  if (!kernel.ok) return kernel;
  if (!initrd.ok) return initrd;
  return ok({
    firmware: firmware.value,
    kernel: kernel.value,
    initrd: initrd.value,
    commandLine,
  });
}
