import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen, type RunningServer } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'tandem-server-'));
const page = join(folder, 'dist');
const guests = join(folder, 'guests');
const disk = Buffer.from(Array.from({ length: 1000 }, (_, i) => i & 0xff));
let running: RunningServer;

beforeAll(async () => {
  mkdirSync(join(page, 'assets'), { recursive: true });
  mkdirSync(join(guests, 'stock', 'folder'), { recursive: true });
  writeFileSync(join(page, 'index.html'), '<p>hello</p>');
  writeFileSync(join(page, 'assets', 'app-1a2b.js'), 'export {};');
  writeFileSync(join(guests, 'stock', 'root.erofs'), disk);
  writeFileSync(join(guests, 'stock', 'guest.json'), '{}');
  writeFileSync(join(guests, 'stock', 'empty.bin'), '');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  running = await listen({ page, guests, host: '127.0.0.1', port: 0, attempts: 1 });
});

afterAll(() => {
  running.server.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

/** Asks with node:http, which (unlike fetch) sends a path as it is written. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: running.port, path, headers, method };
    const call = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0, headers: received } = response;
        resolve({ status: statusCode, headers: received, body: Buffer.concat(chunks) });
      });
    });
    call.on('error', reject).end();
  });
}

describe('the page', () => {
  it('is isolated, whatever the answer', async () => {
    for (const path of [
      '/',
      '/assets/app-1a2b.js',
      '/nothing',
      '/guest/stock/root.erofs',
      '/guest/x',
    ]) {
      const { headers } = await ask(path);
      expect(headers, path).toMatchObject({
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-resource-policy': 'same-origin',
      });
    }
  });

  it('comes with its type, and is revalidated', async () => {
    const { status, headers, body } = await ask('/');
    expect(status).toBe(200);
    expect(body.toString()).toBe('<p>hello</p>');
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(headers['cache-control']).toBe('no-cache');
    const again = await ask('/', { 'if-none-match': String(headers['etag']) });
    expect(again.status).toBe(304);
  });

  it('has assets that never change', async () => {
    const { headers } = await ask('/assets/app-1a2b.js');
    expect(headers['content-type']).toMatch(/javascript/);
    expect(headers['cache-control']).toContain('immutable');
  });

  it('is always whole', async () => {
    const { status, body } = await ask('/', { range: 'bytes=0-0' });
    expect(status).toBe(200);
    expect(body.toString()).toBe('<p>hello</p>');
  });

  it('shows a new build without a restart', async () => {
    writeFileSync(join(page, 'late.txt'), 'late');
    expect((await ask('/late.txt')).body.toString()).toBe('late');
  });
});

describe('guest files', () => {
  it('come whole', async () => {
    const { status, headers, body } = await ask('/guest/stock/root.erofs?digest=1');
    expect(status).toBe(200);
    expect(headers['accept-ranges']).toBe('bytes');
    expect(headers['content-length']).toBe('1000');
    expect(headers['content-type']).toBe('application/octet-stream');
    expect(body.equals(disk)).toBe(true);
    expect((await ask('/guest/stock/guest.json')).headers['content-type']).toBe('application/json');
    expect((await ask('/guest/stock/empty.bin')).status).toBe(200);
  });

  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=512-767', 512, 768],
    ['bytes=990-2000', 990, 1000],
    ['bytes=-10', 990, 1000],
  ])('come in part: %s', async (range, start, end) => {
    const { status, headers, body } = await ask('/guest/stock/root.erofs', { range });
    expect(status).toBe(206);
    expect(headers['content-range']).toBe(`bytes ${start}-${end - 1}/1000`);
    expect(body.equals(disk.subarray(start, end))).toBe(true);
  });

  it('refuse a range behind the end', async () => {
    const { status, headers } = await ask('/guest/stock/root.erofs', { range: 'bytes=1000-' });
    expect(status).toBe(416);
    expect(headers['content-range']).toBe('bytes */1000');
  });

  it('are validated by their tag', async () => {
    const tag = String((await ask('/guest/stock/root.erofs')).headers['etag']);
    const same = await ask('/guest/stock/root.erofs', { 'if-none-match': tag });
    expect(same.status).toBe(304);
    const part = { range: 'bytes=0-1', 'if-range': tag };
    expect((await ask('/guest/stock/root.erofs', part)).status).toBe(206);
    const other = { range: 'bytes=0-1', 'if-range': '"other"' };
    expect((await ask('/guest/stock/root.erofs', other)).status).toBe(200);
  });

  it('answer HEAD without a body', async () => {
    const { status, headers, body } = await ask('/guest/stock/root.erofs', {}, 'HEAD');
    expect([status, headers['content-length'], body.length]).toEqual([200, '1000', 0]);
  });

  it('outlive a client that leaves in the middle', async () => {
    writeFileSync(join(guests, 'stock', 'large.bin'), Buffer.alloc(32 << 20));
    await new Promise<void>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: running.port, path: '/guest/stock/large.bin' };
      const call = request(options, (response) => {
        response.once('data', () => {
          call.destroy();
        });
        response.once('close', resolve);
        response.on('error', () => undefined);
      });
      call.on('error', reject).end();
    });
    expect((await ask('/guest/stock/large.bin', {}, 'HEAD')).status).toBe(200);
  });

  it.each([
    '/guest/stock/none',
    '/guest/none/root.erofs',
    '/guest/stock/folder',
    '/guest/stock',
    '/guest/',
  ])('are missing: %s', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });
});

describe('nothing outside the two folders', () => {
  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/guest/../secret.txt',
    '/guest/stock/../../secret.txt',
    '/guest/stock/..%2f..%2fsecret.txt',
    '/guest/%2e%2e/secret.txt',
    '/guest/../../secret.txt',
    '//secret.txt',
    '/%00',
    '/%',
  ])('can be reached by %s', async (path) => {
    const { status, body } = await ask(path);
    expect(status).toBe(404);
    expect(body.toString()).not.toContain('secret');
  });

  it.each(['/', '/guest/stock/root.erofs'])('can be written: %s', async (path) => {
    expect((await ask(path, {}, 'POST')).status).toBe(405);
  });
});

describe('listen', () => {
  it('takes the next port when one is taken, as often as it may', async () => {
    const options = { page, guests, host: '127.0.0.1', port: running.port };
    const second = await listen({ ...options, attempts: 20 });
    expect(second.port).toBeGreaterThan(running.port);
    second.server.close();
    await expect(listen({ ...options, attempts: 1 })).rejects.toThrow(/EADDRINUSE/);
  });
});
