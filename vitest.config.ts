import { configDefaults, defineConfig } from 'vitest/config';

/**
 * A test's file name says what it needs:
 *   *.test.ts              nothing but Node (project `unit`)
 *   *.integration.test.ts  a Postgres, the node service or the Stripe stand-in
 *   *.edge.test.ts         workerd
 *   *.browser.test.ts      Chromium
 *   *.long.test.ts         minutes: faults, kills, races. `npm run test:long`, never `npm test`
 * and everything in conformance/ speaks HTTP to the platform it is pointed at.
 */
const KINDS = ['integration', 'edge', 'browser', 'long'] as const;
const SOURCES = '{contracts,generated,node-service,edge,load,local}';

const exclude = [...configDefaults.exclude, '**/.local/**', '**/reports/**'];

/** These start processes of their own, and two cores carry one platform at a time. */
const oneAtATime = {
  fileParallelism: false,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  teardownTimeout: 30_000,
};

export default defineConfig({
  test: {
    // Ephemeral ports and slow starts are no excuse: a test that needs a retry is a defect.
    retry: 0,
    projects: [
      {
        test: {
          name: 'unit',
          include: [`${SOURCES}/**/*.test.{ts,tsx}`],
          exclude: [...exclude, ...KINDS.map((kind) => `**/*.${kind}.test.{ts,tsx}`)],
          maxWorkers: 2,
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      ...KINDS.map((kind, index) => ({
        test: {
          name: kind,
          include: [`${SOURCES}/**/*.${kind}.test.{ts,tsx}`],
          exclude,
          ...oneAtATime,
          // One Postgres for the run; `createTestDatabase` gives each test file a database of its own.
          ...(kind === 'edge' ? {} : { globalSetup: ['local/test-postgres.ts'] }),
          ...(kind === 'long' ? { testTimeout: 600_000, hookTimeout: 120_000 } : {}),
          sequence: { groupOrder: index + 1 },
        },
      })),
      {
        test: {
          name: 'conformance',
          include: ['conformance/**/*.test.ts'],
          exclude,
          ...oneAtATime,
          sequence: { groupOrder: KINDS.length + 1 },
        },
      },
    ],
  },
});
