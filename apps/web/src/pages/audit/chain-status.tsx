import { useMutation } from '@tanstack/react-query';
import { Link2, ShieldAlert, ShieldCheck } from 'lucide-react';
import type { AuditVerdict } from '#contracts';
import { useClient } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { formatCount } from '../../format/size.js';

/** Whether every entry is what was written; checked when it is asked for, since that reads all of them. */
export function ChainStatus() {
  const client = useClient();
  const verify = useMutation({ mutationFn: () => client.audit.verify() });
  return (
    <section aria-label="Chain" className="card mb-4 flex flex-wrap items-center gap-x-4 gap-y-3 px-4 py-3">
      <div role="status" className="min-w-0 flex-1 basis-64 text-sm">
        {verify.isPending ? (
          <p className="text-quiet">Every entry is being checked…</p>
        ) : verify.error ? (
          <p className="text-bad">{verify.error.message}</p>
        ) : verify.data ? (
          <Verdict verdict={verify.data} />
        ) : (
          <p className="flex items-center gap-2 text-quiet">
            <Link2 size={17} aria-hidden className="shrink-0" />
            Not checked yet on this visit
          </p>
        )}
      </div>
      <Button busy={verify.isPending} onClick={() => verify.mutate()}>
        <ShieldCheck size={15} aria-hidden /> Verify
      </Button>
    </section>
  );
}

function Verdict({ verdict }: { verdict: AuditVerdict }) {
  const { ok, entries, firstSeq, lastSeq, head, brokenAt, reason, checkpoint, heads } = verdict;
  if (!ok) {
    return (
      <>
        <p className="flex items-center gap-2 font-medium text-bad">
          <ShieldAlert size={17} aria-hidden className="shrink-0" />
          {brokenAt === undefined ? 'The chain is broken' : `The chain is broken at entry ${brokenAt}`}
        </p>
        <p className="mt-0.5 [overflow-wrap:anywhere]">{reason}. What comes from there on cannot be trusted.</p>
      </>
    );
  }
  return (
    <>
      <p className="flex items-center gap-2 font-medium text-good">
        <ShieldCheck size={17} aria-hidden className="shrink-0" />
        The chain is whole: {formatCount(entries)} entries, from {firstSeq} to {lastSeq}
      </p>
      <p className="mt-0.5 text-[0.8125rem] text-quiet [overflow-wrap:anywhere]">
        {checkpoint && `Retention has removed those through ${checkpoint.removedThrough}. `}
        {heads
          ? `${formatCount(heads.checked)} signed heads agree with it. `
          : 'It is not signed, so who can write the database could have rewritten all of it. '}
        Last hash <code>{head}</code>
      </p>
    </>
  );
}
