import { useInfiniteQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { RotateCw, ScrollText } from 'lucide-react';
import { auditPages } from '../../app/queries.js';
import { useClient, useMay } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { PageHead } from '../../components/card.js';
import { EmptyState, ErrorState, Loading, NotForYou } from '../../components/states.js';
import { AuditEntry } from './audit-entry.js';
import { AuditFilters } from './audit-filters.js';
import { ChainStatus } from './chain-status.js';
import { ExportButton } from './export-button.js';

const PAGE = 50;

/** Who did what, and whether the record of it is what was written. */
export function AuditPage() {
  return useMay('readAudit') ? (
    <Audit />
  ) : (
    <>
      <PageHead title="Audit" />
      <NotForYou>The audit is for admins and viewers.</NotForYou>
    </>
  );
}

function Audit() {
  const filter = useSearch({ from: '/ui/audit' });
  const { data, error, refetch, isRefetching, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    auditPages(useClient(), filter, PAGE),
  );
  const entries = data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <PageHead
        title="Audit"
        summary="Every change, by whom and from where. Each entry holds the hash of the one before."
        actions={
          <>
            <Button busy={isRefetching} onClick={() => void refetch()}>
              <RotateCw size={15} aria-hidden /> Read again
            </Button>
            <ExportButton filter={filter} />
          </>
        }
      />
      <ChainStatus />
      {/* Its fields keep what is typed until it is asked for; another address is other fields. */}
      <AuditFilters key={JSON.stringify(filter)} filter={filter} />
      <section aria-label="Entries" className="card overflow-hidden">
        {error && !entries ? (
          <ErrorState error={error} retry={() => void refetch()} />
        ) : !entries ? (
          <Loading lines={8} />
        ) : entries.length === 0 ? (
          <EmptyState icon={ScrollText} title="No entry fits">
            Fewer filters show more.
          </EmptyState>
        ) : (
          <ul className="divide-y divide-line">
            {entries.map((entry) => (
              <AuditEntry key={entry.seq} entry={entry} />
            ))}
          </ul>
        )}
      </section>
      {hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}
