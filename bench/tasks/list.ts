/** What is run on the peers. */

export type TaskSet = 'tasks' | 'programs';

export interface Task {
  readonly name: string;
  readonly set: TaskSet;
  /** For any POSIX shell, in the folder of the compiled programs, which is in PATH too. */
  readonly command: string;
}

/** Our own programs, the same source for every peer, and gzip. */
const TASKS: Readonly<Record<string, string>> = {
  integer: 'integer',
  sha256: 'sha256',
  arithmetic64: 'arithmetic64',
  memory: 'memory',
  pointer_chase: 'pointer_chase',
  bytecode: 'bytecode',
  nbody: 'nbody',
  mandelbrot: 'mandelbrot',
  system_calls: 'system_calls',
  pipe_ping_pong: 'pipe_ping_pong',
  fork_exec: 'fork_exec',
  gzip: 'gzip -6 -n < text.txt',
};

/** Unmodified programs of Debian as the riscv64 guest has them. */
const PROGRAMS: Readonly<Record<string, string>> = {
  sha256sum: 'head -c 20000000 /dev/zero | sha256sum',
  xz: 'seq 1 20000 | xz -6 -T1',
  python_json:
    'python3 -c "import json; print(sum(len(json.dumps({str(i): i})) for i in range(60000)))"',
  python_loop: 'python3 -c "print(sum(i * i % 7 for i in range(1000000)))"',
  lua_calls:
    'lua5.4 -e "local function f(n) if n < 2 then return n end return f(n-1) + f(n-2) end print(f(28))"',
  lua_float: 'lua5.4 -e "local s = 0.0 for i = 1, 1000000 do s = s + math.sin(i) * i end print(s)"',
  sqlite:
    'sqlite3 :memory: "create table t(a, b); with recursive c(x) as (select 1 union all select x + 1 from c where x < 100000) insert into t select x, x * 7 % 1000 from c; create index i on t(b); select sum(a) from t where b between 10 and 400;"',
  bash_loop: "bash -c 'i=0; while ((i < 50000)); do ((i += 1)); done; echo $i'",
  bash_spawn: "bash -c 'for i in {1..60}; do /usr/bin/true; done'",
};

const listed = (set: TaskSet, commands: Readonly<Record<string, string>>): Task[] =>
  Object.entries(commands).map(([name, command]) => ({ name, set, command }));

export const ALL_TASKS: readonly Task[] = [
  ...listed('tasks', TASKS),
  ...listed('programs', PROGRAMS),
];

/** The tasks in floating point. */
export const FLOATING_POINT: readonly string[] = ['nbody', 'mandelbrot'];

/** The cold boot counts as a task of its own: it is the one that runs before there is a shell. */
export const BOOT = 'boot';
