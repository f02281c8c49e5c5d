import type { SpooledReport } from './spooled-report.js';

/** A file that a task was to leave and that did not arrive; the sentence says why, and what mends it. */
export interface ArtifactProblem {
  path: string;
  problem: string;
}

/** More would make a report too large for the server. */
const MOST = 20;

/** The report, with these added to the `artifactProblems` of its metadata. */
export function withArtifactProblems(report: SpooledReport, problems: readonly ArtifactProblem[]): SpooledReport {
  if (problems.length === 0) return report;
  const { artifactProblems: earlier = [], artifactProblemsLeftOut: out = 0, ...metadata } = report.metadata ?? {};
  const all = [...(Array.isArray(earlier) ? earlier : []), ...problems];
  const leftOut = Number(out) + Math.max(0, all.length - MOST);
  return {
    ...report,
    metadata: {
      ...metadata,
      artifactProblems: all.slice(0, MOST),
      ...(leftOut > 0 && { artifactProblemsLeftOut: leftOut }),
    },
  };
}
