// The layers of docs/architecture.md: who may import whom. What no layer may reach through others is in
// scripts/checks/layers.mjs, which runs both.

/** @param {string} text */
const escaped = (text) => text.replace(/[/\\.*+?^$()[\]{}|]/g, '\\$&')

/** Our own folders that each layer may import from; a folder may always import from itself. */
const mayImport = {
  protocol: [],
  locales: ['protocol'],
  node: ['protocol'],
  'inference-child': ['protocol', 'node/inference/contract.ts', 'node/return-memory.ts'],
  sdk: [
    'protocol',
    ...['network', 'identity', 'requester', 'store', 'ledger', 'logs'].map((part) => `node/${part}/`),
  ],
  api: ['node', 'protocol'],
  main: ['api', 'cli', 'node', 'locales', 'protocol'],
  preload: ['api', 'node', 'protocol'],
  renderer: ['api', 'locales', 'protocol'],
  cli: ['node', 'api', 'sdk', 'locales', 'protocol'],
}

const layerRules = Object.entries(mayImport).map(([layer, others]) => ({
  name: `layer-${layer}`,
  comment: `src/${layer} may import from ${others.length > 0 ? others.join(', ') : 'nothing of ours'}`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: {
    path: '^src/',
    pathNot: [layer, ...others].map((folder) => `^src/${escaped(folder)}${/[./]/.test(folder) ? '' : '/'}`),
  },
}))

const electron = '(^|/)node_modules/electron/|^electron$'

export default {
  forbidden: [
    ...layerRules,
    {
      name: 'window-takes-only-types-from-api',
      comment: "The window talks to the API over its channel; of the API's code it may see the types",
      severity: 'error',
      from: { path: '^src/renderer/' },
      to: { path: '^src/api/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'electron-only-in-its-folders',
      comment: 'Only src/main and src/preload import electron: the core runs without it',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main|preload)/' },
      to: { path: electron },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true, pathNot: '[.](css|woff2|svg|png)' },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'module', 'types', 'default', 'node'],
    },
  },
}
