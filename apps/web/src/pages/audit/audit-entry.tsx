import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleX, type LucideIcon, ShieldX } from 'lucide-react';
import type { ReactNode } from 'react';
import { AUDIT_ACTIONS, type AuditOutcome, type AuditRecord } from '#contracts';
import { RelativeTime } from '../../components/time.js';
import { formatInstant } from '../../format/time.js';

const OUTCOMES: Record<AuditOutcome, [LucideIcon, string]> = {
  success: [CircleCheck, 'text-good'],
  failure: [CircleX, 'text-bad'],
  denied: [ShieldX, 'text-warn'],
};

/** An entry on a line, which unfolds to all that it holds. */
export function AuditEntry({ entry }: { entry: AuditRecord }) {
  const { at, actor, action, outcome, target } = entry;
  const [Icon, colour] = OUTCOMES[outcome];
  return (
    <li>
      <details className="group">
        <summary className="flex cursor-pointer list-none flex-wrap items-center gap-x-3 gap-y-0.5 px-4 py-2.5 text-sm group-open:bg-raised hover:bg-raised">
          <Icon size={16} aria-hidden className={`shrink-0 ${colour}`} />
          <span className="sr-only">{outcome}</span>
          <span className="min-w-0 font-mono text-[0.8125rem] sm:w-48 sm:shrink-0">{action}</span>
          <span className="ml-auto text-[0.8125rem] text-quiet sm:order-last">
            <RelativeTime at={at} />
          </span>
          <span className="min-w-0 basis-full truncate sm:flex-1 sm:basis-0">
            {actor.name}
            <span className="text-quiet"> {target ?? gist(entry.detail)}</span>
          </span>
        </summary>
        <Unfolded entry={entry} />
      </details>
    </li>
  );
}

/** What the detail says first: commands, paths and names stand there. */
function gist({ command, prompt, path, name, reason }: AuditRecord['detail']): string {
  const first = [command, prompt, path, name, reason].find((value) => typeof value === 'string');
  return typeof first === 'string' ? first : '';
}

function Unfolded({ entry }: { entry: AuditRecord }) {
  const { seq, at, actor, ip, userAgent, requestId, action, target, taskId, outcome, detail, prevHash, hash } = entry;
  return (
    <dl className="grid grid-cols-1 gap-x-4 gap-y-1 border-t border-line px-4 py-3 text-[0.8125rem] sm:grid-cols-[7rem_minmax(0,1fr)]">
      <Row label="Means">{meaningOf(action)}</Row>
      <Row label="Outcome">{outcome}</Row>
      <Row label="When">{formatInstant(at)}</Row>
      <Row label="Actor">
        {actor.name} · {actor.role} · {actor.id}
      </Row>
      <Row label="Address">{ip}</Row>
      <Row label="Program">{userAgent}</Row>
      <Row label="Target">{target}</Row>
      <Row label="Task">
        {taskId && (
          <Link to="/ui/tasks/$taskId" params={{ taskId }} className="rounded text-accent hover:underline">
            {taskId}
          </Link>
        )}
      </Row>
      <Row label="Request">{requestId}</Row>
      {Object.keys(detail).length > 0 && (
        <Row label="Detail">
          <pre className="font-mono whitespace-pre-wrap">{JSON.stringify(detail, null, 2)}</pre>
        </Row>
      )}
      <Row label="Entry">{seq}</Row>
      <Row label="Hash">
        <code>{hash}</code>
      </Row>
      <Row label="Hash before">
        <code>{prevHash}</code>
      </Row>
    </dl>
  );
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  if (children === null || children === '') return null;
  return (
    <>
      <dt className="text-quiet max-sm:mt-1">{label}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere]">{children}</dd>
    </>
  );
}

/** A server that is newer than this page may know more of them. */
function meaningOf(action: string): string {
  const known: Partial<Record<string, { meaning: string }>> = AUDIT_ACTIONS;
  return known[action]?.meaning ?? '';
}
