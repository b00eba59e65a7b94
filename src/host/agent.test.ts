import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import { AgentClient } from './agent.ts';
import { decodeBase64, encodeBase64, MAX_LINE_BYTES } from './shared/agent-protocol.ts';

function setUp(accepts: () => boolean = () => true) {
  const requests: Record<string, unknown>[] = [];
  const agent = new AgentClient((bytes) => {
    if (!accepts()) return false;
    for (const line of new TextDecoder().decode(bytes).trim().split('\n')) {
      requests.push(JSON.parse(line) as Record<string, unknown>);
    }
    return true;
  });
  const heard = { stdout: '', stderr: '' };
  const handlers = {
    stdout: (bytes: Uint8Array) => {
      heard.stdout += new TextDecoder().decode(bytes);
    },
    stderr: (bytes: Uint8Array) => {
      heard.stderr += new TextDecoder().decode(bytes);
    },
  };
  const say = (...messages: object[]): void => {
    const text = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
    agent.receive(new TextEncoder().encode(text));
  };
  return { agent, requests, heard, handlers, say };
}

const base64 = (text: string): string => encodeBase64(new TextEncoder().encode(text));

describe('AgentClient', () => {
  it('runs a command: output by stream, then its status', async () => {
    const { agent, requests, heard, handlers, say } = setUp();
    const { status } = agent.exec('ls', handlers, { stdin: false });
    expect(requests).toEqual([{ id: 1, op: 'exec', command: 'ls', stdin: false }]);
    say(
      { id: 1, stream: 'stdout', data: base64('file\n') },
      { id: 1, stream: 'stderr', data: base64('oh\n') },
      { id: 1, stream: 'stdout', data: base64('more\n') },
      { id: 1, exit: 7 },
    );
    expect(await status).toEqual({ ok: true, value: 7 });
    expect(heard).toEqual({ stdout: 'file\nmore\n', stderr: 'oh\n' });
  });

  it('keeps commands apart', async () => {
    const { agent, handlers, say, heard } = setUp();
    const silent = { stdout: () => undefined, stderr: () => undefined };
    const one = agent.exec('one', silent, { stdin: false });
    const two = agent.exec('two', handlers, { stdin: false });
    say(
      { id: 2, stream: 'stdout', data: base64('2') },
      { id: 1, stream: 'stdout', data: base64('1') },
    );
    say({ id: 2, exit: 0 }, { id: 1, exit: 1 });
    expect([await one.status, await two.status]).toEqual([
      { ok: true, value: 1 },
      { ok: true, value: 0 },
    ]);
    expect(heard.stdout).toBe('2');
  });

  it('understands lines however they are cut', async () => {
    const { agent, handlers, heard } = setUp();
    const { status } = agent.exec('x', handlers, { stdin: false });
    const text = `{"ready":true}\n{"id":1,"stream":"stdout","data":"${base64('ünï')}"}\n{"id":1,"exit":0}\n`;
    for (const byte of new TextEncoder().encode(text)) agent.receive(Uint8Array.of(byte));
    await status;
    expect(agent.isReady).toBe(true);
    expect(heard.stdout).toBe('ünï');
  });

  it('sends standard input in pieces, and its end', () => {
    const { agent, requests, handlers } = setUp();
    const handle = agent.exec('cat', handlers, { stdin: true });
    const bytes = new SeededRandom(1).bytes(60_000);
    expect(handle.write(bytes)).toBe(true);
    handle.end();
    handle.kill(2);
    const pieces = requests
      .filter(({ op }) => op === 'stdin')
      .map(({ data }) => decodeBase64(String(data)));
    expect(Buffer.compare(Buffer.concat(pieces), bytes)).toBe(0);
    expect(pieces.length).toBe(3);
    expect(requests.slice(-2)).toEqual([
      { id: 1, op: 'eof' },
      { id: 1, op: 'kill', signal: 2 },
    ]);
  });

  it('tells of what could not be done', async () => {
    const { agent, handlers, say } = setUp();
    const refused = agent.exec('x', handlers, { stdin: false });
    say({ id: 1, error: 'ValueError: no' });
    expect(await refused.status).toMatchObject({
      ok: false,
      error: { kind: 'refused', message: 'ValueError: no' },
    });
    const running = agent.exec('sleep', handlers, { stdin: false });
    agent.end('the machine has ended');
    expect(await running.status).toMatchObject({ ok: false, error: { kind: 'machine-ended' } });
    const late = agent.exec('late', handlers, { stdin: false });
    expect(await late.status).toMatchObject({ ok: false, error: { kind: 'machine-ended' } });
    const full = setUp(() => false);
    const none = full.agent.exec('x', full.handlers, { stdin: false });
    expect(await none.status).toMatchObject({ ok: false, error: { kind: 'input-full' } });
  });

  it('says once when the agent is ready', () => {
    const { agent, say } = setUp();
    let calls = 0;
    agent.whenReady(() => calls++);
    expect(calls).toBe(0);
    say({ ready: true }, { ready: true });
    agent.whenReady(() => calls++);
    expect(calls).toBe(2);
  });

  it('survives nonsense and lines without end (seed 8)', async () => {
    const { agent, handlers, say } = setUp();
    const random = new SeededRandom(8);
    const { status } = agent.exec('x', handlers, { stdin: false });
    const lines = [
      '{',
      'null',
      '[]',
      '{"id":"1","exit":0}',
      '{"id":1,"stream":"stdout","data":"%%"}',
      '{"id":9,"exit":3}',
    ];
    for (const line of lines) agent.receive(new TextEncoder().encode(`${line}\n`));
    for (let i = 0; i < 100; i++) agent.receive(random.bytes(random.below(5_000)));
    agent.receive(new Uint8Array(3 * MAX_LINE_BYTES).fill(0x7b));
    agent.receive(Uint8Array.of(10));
    say({ id: 1, exit: 5 });
    expect(await status).toEqual({ ok: true, value: 5 });
  });
});
