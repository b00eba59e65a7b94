import type { Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isolationHeaders } from './headers.ts';
import { parseRange, type ByteRange } from './range.ts';

/** A handler that passes on what it does not know. */
export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
) => void;

const PREFIX = '/guest/';
/** `/guest/<kernel>/<file>`: two plain names, so that no path can leave the folder. */
const GUEST_FILE = /^\/guest\/([A-Za-z0-9_][\w.-]*)\/([A-Za-z0-9_][\w.-]*)$/;

/** Why a file cannot be opened that a client may have asked for in good faith. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES']);

/**
 * Serves prepared guests: `/guest/stock/root.erofs` is `<folder>/stock/root.erofs`. Files are large
 * and read piecemeal, so byte ranges are answered exactly (RFC 9110); each answer is validated anew
 * by its entity tag, because `npm run guest` may replace the files.
 */
export function guestFiles(folder: string): Middleware {
  return (request, response, next) => {
    const path = request.url?.split('?')[0] ?? '';
    if (!path.startsWith(PREFIX)) {
      next();
      return;
    }
    answer(folder, path, request, response).catch((error: unknown) => {
      // The client has gone, or the file changed under us: what was promised cannot be kept.
      if (!isClientGone(error)) console.error(`${path}:`, error);
      response.destroy();
    });
  };
}

async function answer(
  folder: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    sendText(response, 405, 'Only GET and HEAD.', { Allow: 'GET, HEAD' });
    return;
  }
  const [, kernel, name] = GUEST_FILE.exec(path) ?? [];
  const file =
    kernel === undefined || name === undefined
      ? undefined
      : await openIfPresent(join(folder, kernel, name));
  if (file === undefined) {
    sendText(response, 404, 'There is no such guest file. `npm run guest` prepares the guest.');
    return;
  }
  try {
    const stats = await file.stat();
    if (stats.isFile()) await sendFile(file, stats, path, request, response);
    else sendText(response, 404, 'Not a file.');
  } finally {
    await file.close();
  }
}

async function openIfPresent(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (ABSENT.has(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

async function sendFile(
  file: FileHandle,
  stats: Stats,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const tag = `"${stats.size.toString(16)}-${stats.mtimeMs.toString(16)}"`;
  const headers = {
    ...isolationHeaders,
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'no-cache',
    'Content-Type': path.endsWith('.json') ? 'application/json' : 'application/octet-stream',
    ETag: tag,
  };
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304, headers).end();
    return;
  }
  const condition = request.headers['if-range'];
  const wanted = condition === undefined || condition === tag ? request.headers.range : undefined;
  const range = parseRange(wanted, stats.size);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { ...headers, 'Content-Range': `bytes */${stats.size}` }).end();
    return;
  }
  const whole: ByteRange = { start: 0, end: stats.size - 1 };
  const { start, end } = range ?? whole;
  response.writeHead(range === undefined ? 200 : 206, {
    ...headers,
    ...(range === undefined ? {} : { 'Content-Range': `bytes ${start}-${end}/${stats.size}` }),
    'Content-Length': end - start + 1,
  });
  if (request.method === 'HEAD' || stats.size === 0) {
    response.end();
    return;
  }
  await pipeline(file.createReadStream({ start, end, autoClose: false }), response);
}

/** Ends a request with a short sentence. */
export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, {
      ...isolationHeaders,
      'Content-Type': 'text/plain; charset=utf-8',
      ...headers,
    })
    .end(`${text}\n`);
}

function isClientGone(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
