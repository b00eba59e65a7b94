/** Seconds by task and peer, and the figures they give. */
import { type Figure, figure, median } from '../report.ts';
import { ALL_TASKS, BOOT, FLOATING_POINT, type TaskSet } from './list.ts';
import type { PeerName } from './options.ts';
import type { Timed } from './guest.ts';

/** Which of our peers a figure without a peer in its name is about, by where it runs. */
export const OURS: readonly { readonly peer: PeerName; readonly where: Figure['where'] }[] = [
  { peer: 'auto', where: 'node' },
  { peer: 'chromium', where: 'chromium' },
];

export function geometricMean(values: readonly number[]): number {
  const logs = values.map((value) => Math.log(value));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}

const namesOf = (set: TaskSet): string[] =>
  ALL_TASKS.filter((task) => task.set === set).map(({ name }) => name);

/** The 99.9th percentile of the pauses for compilation, from the line that `--stats` prints last; undefined without a line. */
export function compilePause(printed: string): number | undefined {
  const line = printed.split('\n').findLast((text) => text.startsWith('{'));
  if (line === undefined) return undefined;
  const { translation } = JSON.parse(line) as {
    readonly translation?: { readonly timing?: { readonly p999Ms: number } };
  };
  return translation?.timing?.p999Ms;
}

/** What is measured about our engine itself, on Node, and its units. */
const ENGINE_FIGURES = {
  compile_pause_p999_ms: 'ms',
  /** At rest, when V8 has collected what the work has left behind. */
  engine_memory_mb: 'MB',
  /** As soon as the work has ended. */
  engine_memory_busy_mb: 'MB',
} as const;
type EngineFigure = keyof typeof ENGINE_FIGURES;

export class Samples {
  readonly #engine = new Map<EngineFigure, number[]>();
  readonly #seconds = new Map<string, number[]>();
  readonly #answers = new Map<string, { readonly answer: string; readonly peer: PeerName }>();

  /** @throws Error when another peer gave another answer: such a time means nothing */
  add(task: string, peer: PeerName, { seconds, answer }: Timed): void {
    const first = this.#answers.get(task);
    if (first !== undefined && first.answer !== answer)
      throw new Error(`${peer} and ${first.peer} give different answers for ${task}`);
    if (first === undefined) this.#answers.set(task, { answer, peer });
    this.addSeconds(task, peer, seconds);
  }

  addSeconds(task: string, peer: PeerName, seconds: number): void {
    const key = `${task}_${peer}`;
    this.#seconds.set(key, [...(this.#seconds.get(key) ?? []), seconds]);
  }

  addEngine(name: EngineFigure, value: number): void {
    this.#engine.set(name, [...(this.#engine.get(name) ?? []), value]);
  }

  /** How many times as fast as `other` a peer was; undefined unless both were measured. */
  speed(task: string, peer: PeerName, other: PeerName): number | undefined {
    const [own, theirs] = [peer, other].map((name) => this.#seconds.get(`${task}_${name}`));
    return own === undefined || theirs === undefined ? undefined : median(theirs) / median(own);
  }

  /** All figures that the samples are enough for. */
  figures(): Figure[] {
    const seconds = [...this.#seconds].map(([key, samples]) => {
      const where = key.endsWith('_chromium') ? 'chromium' : 'node';
      return figure(`seconds_${key}`, 's', where, samples);
    });
    const engine = [...this.#engine].map(([name, samples]) =>
      figure(name, ENGINE_FIGURES[name], 'node', samples),
    );
    return [...seconds, ...engine, ...OURS.flatMap(({ peer, where }) => this.#ratios(peer, where))];
  }

  #ratios(peer: PeerName, where: Figure['where']): Figure[] {
    const figures: Figure[] = [];
    const add = (
      name: string,
      tasks: readonly string[],
      other: PeerName,
      summary: (ratios: readonly number[]) => number,
    ): void => {
      const ratios = tasks.flatMap((task) => this.speed(task, peer, other) ?? []);
      // A mean over a part of the list would pass for one over all of it.
      if (ratios.length === tasks.length)
        figures.push(figure(name, 'times', where, [summary(ratios)]));
    };
    add('geomean_vs_qemu', namesOf('tasks'), 'qemu', geometricMean);
    add('worst_vs_qemu', namesOf('tasks'), 'qemu', (ratios) => Math.min(...ratios));
    add('fp_vs_qemu', FLOATING_POINT, 'qemu', geometricMean);
    add('programs_geomean_vs_qemu', namesOf('programs'), 'qemu', geometricMean);
    add('boot_vs_qemu', [BOOT], 'qemu', geometricMean);
    add('geomean_vs_v86', namesOf('tasks'), 'v86', geometricMean);
    return figures;
  }
}
