/** The import law: who may know whom. `docs/contributing.md` draws it. */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'domain-is-pure',
      comment: 'domain imports nothing of ours and no framework, so that it can be tested and moved by itself',
      severity: 'error',
      from: { path: '^apps/api/src/domain/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^apps/api/src/domain/' },
    },
    {
      name: 'storage-knows-domain-only',
      comment: 'and the audit chain, whose links it writes and whoever has an export of it follows',
      severity: 'error',
      from: { path: '^apps/api/src/storage/' },
      to: { path: '^(apps|libs)/', pathNot: '^(apps/api/src/(domain|storage)|libs/(audit-chain|version))/' },
    },
    {
      name: 'features-use-ports',
      comment: 'only the composition root picks an adapter; features see the port',
      severity: 'error',
      from: { path: '^apps/api/src/', pathNot: '^apps/api/src/(storage/|[^/]+\\.ts$)|\\.spec\\.ts$' },
      to: { path: '^apps/api/src/storage/sqlite/' },
    },
    {
      name: 'apps-share-libs-only',
      severity: 'error',
      from: { path: '^apps/([^/]+)/src/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'web-knows-client-and-contracts-only',
      severity: 'error',
      from: { path: '^apps/web/' },
      to: { path: '^(apps|libs)/', pathNot: '^(apps/web/|libs/client/|libs/contracts/src/(?!dto/))' },
    },
    {
      name: 'libs-know-no-app',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'contracts-run-in-a-browser',
      comment: 'outside dto/, the contracts are plain TypeScript that a web page can load',
      severity: 'error',
      from: { path: '^libs/contracts/src/', pathNot: '^libs/contracts/src/dto/' },
      to: { pathNot: '^libs/contracts/src/(?!dto/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'require', 'node', 'default'],
    },
    exclude: { path: '(^|/)(dist|node_modules)/' },
  },
};
