import { defineConfig } from 'vitest/config';

/** Fast tests beside their sources, and long ones across wings in `test/`. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.{ts,tsx}',
            'scripts/**/*.test.{ts,mjs}',
            'guest/**/*.test.{ts,mjs}',
            'sim/**/*.test.ts',
            'bench/**/*.test.ts',
          ],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'long',
          include: ['test/**/*.test.ts'],
          exclude: ['test/walls/fixture/**'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // Each boots machines or compilers of its own: one at a time keeps memory and timing sane.
          fileParallelism: false,
        },
      },
    ],
  },
});
