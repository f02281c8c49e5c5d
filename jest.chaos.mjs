// Chaos takes root for its small disks, and Debian's libfaketime for its clocks: `npm run chaos`, not `npm test`.
import standard from './jest.config.mjs';

const { displayName: _, testMatch: __, ...shared } = standard.projects[0];

export default {
  ...standard,
  maxWorkers: 1,
  projects: [{ ...shared, displayName: 'chaos', testMatch: ['<rootDir>/test/chaos/*.chaos-spec.ts'] }],
};
