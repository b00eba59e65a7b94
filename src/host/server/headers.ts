/**
 * Cross-origin isolation: without these two a browser gives a page no shared memory. The third
 * lets our own files be embedded by our own isolated pages and by nobody else's.
 */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;
