import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { guestFiles } from './src/host/server/guest-files.ts';
import { isolationHeaders } from './src/host/server/headers.ts';

/** Serves the prepared guests in `vite dev` and `vite preview` as our own server does. */
function guests(): Plugin {
  const serveGuest = guestFiles('.cache/guest');
  return {
    name: 'tandem-guests',
    configureServer: ({ middlewares }) => {
      middlewares.use(serveGuest);
    },
    configurePreviewServer: ({ middlewares }) => {
      middlewares.use(serveGuest);
    },
  };
}

export default defineConfig({
  plugins: [react(), guests()],
  // The page may live under any path.
  base: './',
  // Its main file wants Node's streams; this one brings what it needs.
  resolve: { alias: { 'simple-peer': 'simple-peer/simplepeer.min.js' } },
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders },
  worker: {
    format: 'es',
    // Has V8 compile a worker's functions when it is loaded, on a thread of its own, and not when they are first called:
    // most of them are first called in the middle of a takeover.
    rolldownOptions: { output: { postBanner: '//# allFunctionsCalledOnLoad' } },
  },
  build: {
    // Shared memory, tail calls and SIMD set the bar anyway.
    target: 'es2023',
    sourcemap: true,
  },
});
