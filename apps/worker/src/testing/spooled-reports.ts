import { ResultSpool } from '../delivery/result-spool.js';
import type { SpooledReport } from '../delivery/spooled-report.js';

/** What a start of the worker would find in a spool folder. */
export async function spooledReports(
  spool: string | ResultSpool,
): Promise<{ reports: SpooledReport[]; setAside: string[] }> {
  const opened = typeof spool === 'string' ? await ResultSpool.open(spool) : spool;
  const { attempts, setAside } = await opened.load();
  return { reports: await Promise.all(attempts.map((attempt) => opened.read(attempt))), setAside };
}
