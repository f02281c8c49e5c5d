import { File, FileSymlink, Folder } from 'lucide-react';
import type { ListedEntry } from '#contracts';
import { Card } from '../../components/card.js';
import { formatBytes, formatCount } from '../../format/size.js';
import { formatInstant } from '../../format/time.js';

/** More rows than that are no pleasure to look at; the record has them all. */
const SHOWN = 1000;
const ICONS = { directory: Folder, symlink: FileSymlink, file: File, other: File };

/** The entries that a file-list task has answered; null when they are not all there, or not of our worker. */
export function entriesOf(json: string): ListedEntry[] | null {
  try {
    const entries: unknown = JSON.parse(json);
    return Array.isArray(entries) && entries.every((entry) => typeof entry?.name === 'string') ? entries : null;
  } catch (error) {
    console.info('the listing is shown as it was printed', error);
    return null;
  }
}

/** The entries of a folder. */
export function FolderListing({ entries }: { entries: readonly ListedEntry[] }) {
  const title = `${formatCount(entries.length)} ${entries.length === 1 ? 'entry' : 'entries'}`;
  return (
    <Card title={title} aside={entries.length > SHOWN ? `the first ${formatCount(SHOWN)} are shown` : undefined} flush>
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
        tabIndex={0}
        aria-label="Entries of the folder"
        className="max-h-[65vh] overflow-auto"
      >
        <table className="w-full text-[0.8125rem]">
          <thead className="text-left text-xs text-quiet">
            <tr>
              <th className="px-4 py-2 font-normal">Name</th>
              <th className="px-3 py-2 text-right font-normal">Size</th>
              <th className="px-3 py-2 font-normal max-sm:hidden">Mode</th>
              <th className="px-4 py-2 font-normal max-sm:hidden">Changed</th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {entries.slice(0, SHOWN).map((entry) => (
              <Entry key={entry.name} entry={entry} />
            ))}
          </tbody>
        </table>
      </section>
    </Card>
  );
}

function Entry({ entry: { name, kind, size, mode, modified } }: { entry: ListedEntry }) {
  const Icon = ICONS[kind] ?? File;
  return (
    <tr>
      <td className="px-4 py-1.5">
        <span className="flex items-center gap-2 font-mono">
          <Icon size={15} role="img" aria-label={kind} className="shrink-0 text-quiet" />
          <span className="[overflow-wrap:anywhere]">{name}</span>
        </span>
      </td>
      <td className="numbers px-3 py-1.5 text-right whitespace-nowrap text-quiet">
        {kind === 'file' ? formatBytes(size) : ''}
      </td>
      <td className="px-3 py-1.5 font-mono text-quiet max-sm:hidden">{mode}</td>
      <td className="numbers px-4 py-1.5 whitespace-nowrap text-quiet max-sm:hidden">{formatInstant(modified)}</td>
    </tr>
  );
}
