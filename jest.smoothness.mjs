// A report for people, not a check: how smooth the page is depends on the machine. `npm run smoothness`, not `npm test`.
import standard from './jest.config.mjs';

const { displayName: _, testMatch: __, ...shared } = standard.projects[0];

export default {
  ...standard,
  testTimeout: 300_000,
  projects: [{ ...shared, displayName: 'smoothness', testMatch: ['<rootDir>/test/web/*.report-spec.ts'] }],
};
