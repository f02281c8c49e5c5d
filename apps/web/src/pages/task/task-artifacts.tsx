import { useMutation, useQuery } from '@tanstack/react-query';
import { Download, File } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Artifact } from '#contracts';
import { artifactsOf } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { Card } from '../../components/card.js';
import { ErrorState } from '../../components/states.js';
import { useToast } from '../../components/toast.js';
import { formatBytes } from '../../format/size.js';
import { saveBlob } from '../../output/save-blob.js';
import type { TaskInFull } from './task-in-full.js';

/** Pictures that browsers draw and that cannot carry scripts. */
const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
const PREVIEW_BYTES = 10 * 1_048_576;

/** The files that a task has left, pictures as such. */
export function TaskArtifacts({ task }: { task: TaskInFull }) {
  const { taskId, artifacts: asked = [] } = task;
  const { data, error, refetch } = useQuery(artifactsOf(useClient(), taskId));
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data || (data.length === 0 && asked.length === 0)) return null;
  return (
    <Card title="Files" flush>
      {data.length === 0 ? (
        <p className="px-4 py-3 text-sm text-quiet">None has been kept{task.completedAt === null ? ' yet' : ''}.</p>
      ) : (
        <ul className="divide-y divide-line">
          {data.map((artifact) => (
            <ArtifactLine key={artifact.name} taskId={taskId} artifact={artifact} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function ArtifactLine({ taskId, artifact }: { taskId: string; artifact: Artifact }) {
  const { name, path, size, contentType } = artifact;
  const client = useClient();
  const toast = useToast();
  const download = useMutation({
    mutationFn: async () => (await client.tasks.download(taskId, name)).blob(),
    onSuccess: (blob) => saveBlob(name, blob),
    onError: ({ message }) => toast('bad', message),
  });
  return (
    <li className="px-4 py-3">
      <div className="flex items-center gap-3">
        <File size={17} aria-hidden className="shrink-0 text-quiet" />
        <div className="min-w-0 flex-1">
          <p className="truncate text-sm font-medium" title={name}>
            {name}
          </p>
          <p className="truncate text-xs text-quiet" title={path}>
            {formatBytes(size)} · <span className="font-mono">{path}</span>
          </p>
        </div>
        <Button
          size="small"
          busy={download.isPending}
          onClick={() => download.mutate()}
          aria-label={`Download ${name}`}
        >
          <Download size={14} aria-hidden /> Download
        </Button>
      </div>
      {PICTURES.includes(contentType) && size <= PREVIEW_BYTES && <Preview taskId={taskId} artifact={artifact} />}
    </li>
  );
}

/** Fetched with the token, which an address of its own could not carry. */
function Preview({ taskId, artifact: { name, sha256, contentType } }: { taskId: string; artifact: Artifact }) {
  const client = useClient();
  const [url, setUrl] = useState<string>();
  const { data } = useQuery({
    queryKey: ['artifact', taskId, name, sha256],
    queryFn: async ({ signal }) => {
      const bytes = await (await client.tasks.download(taskId, name, { signal })).arrayBuffer();
      return new Blob([bytes], { type: contentType });
    },
    staleTime: 'static',
    gcTime: 60_000,
  });
  useEffect(() => {
    if (!data) return;
    const made = URL.createObjectURL(data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [data]);
  if (url === undefined) return null;
  return (
    <img
      src={url}
      alt={`Preview of ${name}`}
      className="mt-3 max-h-96 max-w-full rounded-lg border border-line bg-raised object-contain"
    />
  );
}
