import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import type { AuditFilter } from '#client';
import { useClient } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { useToast } from '../../components/toast.js';
import { saveBlob } from '../../output/save-blob.js';

/** Has the browser keep all entries that fit, as newline-delimited JSON. */
export function ExportButton({ filter }: { filter: AuditFilter }) {
  const client = useClient();
  const toast = useToast();
  const save = useMutation({
    mutationFn: async () => (await client.audit.export(filter)).blob(),
    // It may be large, and is in a file by then.
    gcTime: 0,
    onSuccess: (blob) => saveBlob('audit.ndjson', blob),
    onError: ({ message }) => toast('bad', message),
  });
  return (
    <Button busy={save.isPending} onClick={() => save.mutate()}>
      <Download size={15} aria-hidden /> Export
    </Button>
  );
}
