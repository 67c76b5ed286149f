/**
 * Who may import whom. `npm run imports` runs it, and fails too where nothing could be read.
 * A rule's comment is what the person who broke it gets to read.
 */
const WORKSPACES = 'node-service|edge|conformance|load|local';
/** Tests, and what only tests use. */
const TEST = '(\\.test\\.tsx?$|/testing/)';
/** A folder of node-service/src, but for the ground that all of them stand on. */
const FEATURE = '^node-service/src/(?!platform/|http/|testing/)([^/]+)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'workspaces-meet-in-contracts',
      comment:
        'Workspaces deploy apart: what two of them share belongs into contracts/ or generated/.',
      severity: 'error',
      from: { path: `^(${WORKSPACES})/`, pathNot: TEST },
      to: { path: `^(${WORKSPACES})/`, pathNot: '^$1/' },
    },
    {
      name: 'tests-may-use-local-alone',
      comment:
        'A test may start the platform by local/, and import nothing else of another workspace.',
      severity: 'error',
      from: { path: `^(${WORKSPACES})/.*${TEST}` },
      to: { path: `^(${WORKSPACES})/`, pathNot: ['^$1/', '^local/'] },
    },
    {
      name: 'contracts-stand-alone',
      comment: 'contracts/ is what all others depend on; it depends on none of them.',
      severity: 'error',
      from: { path: '^contracts/', pathNot: TEST },
      to: { path: `^(${WORKSPACES}|generated)/` },
    },
    {
      name: 'generated-stands-alone',
      comment:
        'Generated code follows from the contracts at build time, and imports nothing but itself.',
      severity: 'error',
      from: { path: '^generated/' },
      to: { pathNot: '^generated/' },
    },
    {
      name: 'vocabulary-runs-everywhere',
      comment: 'contracts/vocabulary runs in Node, in Workers and in browsers: no module of Node.',
      severity: 'error',
      from: { path: '^contracts/vocabulary/', pathNot: TEST },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'features-have-one-door',
      comment: "A feature's inside is its own: import from its index.ts.",
      severity: 'error',
      from: { path: FEATURE, pathNot: TEST },
      to: {
        path: FEATURE,
        pathNot: ['^node-service/src/$1/', '^node-service/src/[^/]+/index\\.ts$'],
      },
    },
    {
      name: 'testing-is-for-tests',
      comment: 'What stands in a testing/ folder is not deployed.',
      severity: 'error',
      from: { pathNot: TEST },
      to: { path: '^[^.]+/testing/' },
    },
    {
      name: 'rules-are-pure',
      comment:
        'A *.rules.ts takes values and returns decisions: types, contracts and other rules, no I/O.',
      severity: 'error',
      from: { path: '\\.rules\\.tsx?$' },
      to: { dependencyTypesNot: ['type-only'], pathNot: ['^contracts/', '\\.rules\\.tsx?$'] },
    },
    {
      name: 'no-stripe-at-the-edge',
      comment: 'No Stripe SDK in a Worker: money is decided in the node service.',
      severity: 'error',
      from: { path: '^edge/' },
      to: { path: '(^|node_modules/)(@stripe/|stripe($|/))' },
    },
    {
      name: 'no-cycles',
      comment: 'Two modules that need each other at run time are one module, or three.',
      severity: 'error',
      from: { pathNot: '^generated/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'declared-dependencies',
      comment:
        "Each deployable declares what it needs: add the package to this workspace's package.json.",
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      comment: 'This module is not there.',
      severity: 'error',
      from: { pathNot: '^generated/' },
      to: { couldNotResolve: true, pathNot: ['^cloudflare:', '^k6($|/)', '\\?asset$'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: {
      path: [
        '^\\.local/',
        '^edge/\\.wrangler/',
        '^[^/]+/reports/',
        '^[^/]+/dist/',
        // Runs in a folder of its own, with the packages that are installed there.
        '^load/bench/peers/(medusa|vendure)/',
      ],
    },
    tsConfig: { fileName: 'tsconfig.json' },
    // Types are imports too: a workspace that borrows another's types is bound to it.
    tsPreCompilationDeps: true,
    // Root tools (vitest, fast-check) count for every workspace.
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['workerd', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
