/**
 * Which folder may import from which. The arrows point one way: dashboard → sdk; plugins → contracts → kernel;
 * host → kernel and contracts. Type-only imports count as well: a type is a promise, too.
 */

/** Files that only a test run loads. */
const tests = String.raw`\.test\.ts$|/fixtures/|/src/(testing|model)/`
/** Packages that exist for tests. */
const forTests = '^plugins/(transport-suite|whatsapp-web-double)/'
/** Plugins' folders that are libraries: every plugin may build on them. */
const libraries =
  'contracts|event-feed|http-input|key-file|message-template|outgoing-requests|phone-numbers|sqlite-engine|tabular|transport-suite'
const own = '^(kernel|host|plugins|sdk|dashboard|examples|bench)/'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-unresolved-import',
      comment: 'An import that leads nowhere is also one that no rule can judge.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycle',
      comment: 'Files that need each other at run time cannot be understood or loaded one by one.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'kernel-stands-alone',
      comment: 'The kernel knows tapable, zod and Node. Whatever else it seems to need belongs into a plugin.',
      severity: 'error',
      from: { path: '^kernel/src/', pathNot: tests },
      to: { dependencyTypesNot: ['core'], pathNot: '^kernel/src/|node_modules/(tapable|zod)/' },
    },
    {
      name: 'kernel-tests-stand-alone',
      comment: 'The kernel is tested without plugins: with fakes at its edges.',
      severity: 'error',
      from: { path: '^kernel/' },
      to: { path: own, pathNot: '^kernel/' },
    },
    {
      name: 'contracts-know-the-kernel-only',
      comment: 'Contracts are the ground on which plugins meet, so they can know none of them.',
      severity: 'error',
      from: { path: '^plugins/contracts/' },
      to: { path: own, pathNot: '^(plugins/contracts|kernel)/' },
    },
    {
      name: 'libraries-know-no-plugin',
      comment: 'What several plugins build on cannot build on one of them.',
      severity: 'error',
      from: { path: `^plugins/(${libraries})/`, pathNot: tests },
      to: { path: '^plugins/', pathNot: `^plugins/(${libraries})/` },
    },
    {
      name: 'plugins-meet-at-contracts',
      comment: "A plugin sees of another only its './contract'; its inside may change any day.",
      severity: 'error',
      from: { path: '^plugins/([^/]+)/', pathNot: tests },
      to: { path: '^plugins/', pathNot: [`^plugins/($1|${libraries})/`, '^plugins/[^/]+/src/contract\\.ts$'] },
    },
    {
      name: 'tests-use-front-doors',
      comment: 'A test may put other plugins together, by what their packages export.',
      severity: 'error',
      from: { path: `^(plugins/[^/]+|host|examples/[^/]+)/.*(${tests})` },
      to: {
        path: '^plugins/',
        pathNot: [
          '^$1/',
          `^plugins/(${libraries})/`,
          '^plugins/[^/]+/src/(index|contract)\\.ts$',
          '/src/testing/index\\.ts$',
        ],
      },
    },
    {
      name: 'plugins-know-no-host',
      comment: 'Plugins run in any host, and without a dashboard.',
      severity: 'error',
      from: { path: '^plugins/' },
      to: { path: '^(host|sdk|dashboard|waqtor\\.config)' },
    },
    {
      name: 'host-knows-no-plugin',
      comment: 'The host assembles what the config names; commands and checks of plugins come to it as data.',
      severity: 'error',
      from: { path: '^host/', pathNot: tests },
      to: { path: own, pathNot: '^(host|kernel|plugins/contracts)/' },
    },
    {
      name: 'sdk-stands-alone',
      comment: 'An SDK talks to a server over HTTP and shares no code with it.',
      severity: 'error',
      from: { path: '^sdk/' },
      to: { path: own, pathNot: '^sdk/' },
    },
    {
      name: 'dashboard-talks-through-the-sdk',
      comment: 'What the dashboard can do, any program with the SDK can do.',
      severity: 'error',
      from: { path: '^dashboard/' },
      to: { path: own, pathNot: '^(dashboard|sdk)/' },
    },
    {
      name: 'nothing-builds-on-bench-or-examples',
      comment: 'Benchmarks and examples can be deleted without breaking anything.',
      severity: 'error',
      from: { path: own, pathNot: '^(bench|examples)/' },
      to: { path: '^(bench|examples)/' },
    },
    {
      name: 'contracts-are-browser-safe',
      comment: 'A contract describes: it needs zod, the kernel and the shared contracts, and runs in a browser.',
      severity: 'error',
      from: { path: ['^plugins/[^/]+/src/contract\\.ts$', '^plugins/[^/]+/src/contract/[^/]+\\.ts$'] },
      to: {
        pathNot: [
          '^(kernel|plugins/contracts)/src/index\\.ts$',
          '/src/contract\\.ts$',
          '/src/contract/[^/]+\\.ts$',
          'node_modules/zod/',
        ],
      },
    },
    {
      name: 'templates-render-anywhere',
      comment: 'The dashboard previews a text with the very code that renders it: no Node, no kernel, no packages.',
      severity: 'error',
      from: { path: '^plugins/message-template/src/', pathNot: tests },
      to: { pathNot: '^plugins/message-template/src/' },
    },
    {
      name: 'tests-are-not-shipped',
      comment: 'Testing kits, fixtures and suites are for tests.',
      severity: 'error',
      from: { pathNot: [tests, forTests, '^(bench|examples)/', '^\\.ci/'] },
      to: { path: [tests, forTests] },
    },
    {
      name: 'packages-are-imported-by-name',
      comment: 'Another package is reached through what it exports, never by a path into its folder.',
      severity: 'error',
      from: { path: '^(plugins/[^/]+|examples/[^/]+|kernel|host|bench|sdk/[^/]+|dashboard)/' },
      to: { path: own, pathNot: '^$1/', dependencyTypes: ['local'], dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'dependencies-are-declared',
      comment: 'A package that happens to lie in node_modules is not there once the package is installed alone.',
      severity: 'error',
      from: { path: own },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'shipped-code-uses-shipped-dependencies',
      comment: 'devDependencies are not installed where the package is used; types may come from them.',
      severity: 'error',
      from: { path: '^(kernel|host|plugins|sdk)/', pathNot: [tests, forTests] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: '/(dist|coverage)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.d.ts', '.json'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
