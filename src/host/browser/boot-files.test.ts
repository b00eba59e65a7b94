import { describe, expect, it, vi } from 'vitest';
import { err, ok, type Result } from '../../base/result.ts';
import type { HostProblem } from '../shared/problem.ts';
import { fetchBootFiles, stageReporter } from './boot-files.ts';
import type { GuestServer } from './guest-server.ts';
import type { StartProgress } from './types.ts';

type Fetch = (
  role: string,
  onBytes: (bytes: number) => void,
) => Promise<Result<Uint8Array, HostProblem>>;

const serve = (file: Fetch): GuestServer =>
  ({
    manifest: {
      commandLine: 'quiet',
      files: { firmware: { bytes: 10 }, kernel: { bytes: 20 }, initrd: { bytes: 30 } },
    },
    file,
  }) as unknown as GuestServer;

describe('boot files', () => {
  it('are fetched side by side, with one progress for all', async () => {
    const reports: StartProgress[] = [];
    const started: string[] = [];
    const server = serve(async (role, onBytes) => {
      started.push(role);
      await Promise.resolve();
      expect(started).toHaveLength(3);
      const bytes = { firmware: 10, kernel: 20, initrd: 30 }[role] ?? 0;
      onBytes(bytes / 2);
      onBytes(bytes);
      return ok(new Uint8Array(bytes));
    });
    const files = await fetchBootFiles(server, (progress) => reports.push(progress));
    expect(files.ok && Object.keys(files.value).sort()).toEqual([
      ...['commandLine', 'firmware', 'initrd', 'kernel'],
    ]);
    expect(files.ok && files.value.initrd?.length).toBe(30);
    expect(reports.at(-1)).toEqual({ stage: 'kernel', bytes: 60, totalBytes: 60 });
  });

  it('one of which cannot be had are none', async () => {
    const problem = { message: 'The kernel is damaged.', advice: '' } as HostProblem;
    for (const bad of ['firmware', 'kernel', 'initrd']) {
      const server = serve((role) =>
        Promise.resolve(role === bad ? err(problem) : ok(new Uint8Array(1))),
      );
      expect(await fetchBootFiles(server, () => undefined)).toEqual(err(problem));
    }
  });
});

describe('progress', () => {
  it('is told a few times a second, and always at the end', () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(1000);
    const told: number[] = [];
    const onBytes = stageReporter(
      ({ bytes }) => told.push(bytes),
      'snapshot',
      () => 500,
    );
    for (const [now, bytes] of [
      ...([
        [1000, 1],
        [1050, 2],
        [1080, 3],
        [1159, 4],
        [1160, 5],
        [1161, 500],
      ] as const),
    ]) {
      clock.mockReturnValue(now);
      onBytes(bytes);
    }
    expect(told).toEqual([1, 3, 5, 500]);
    clock.mockRestore();
  });
});
