/** More than this would be too thin to tell apart. */
const DRAWN = 24;

/** How many of a worker's places are taken, drawn and in words. */
export function Load({ running, of }: { running: number; of: number }) {
  return (
    <div className="flex items-center gap-2.5">
      <span aria-hidden className="flex h-1.5 flex-1 gap-0.5">
        {Array.from({ length: Math.min(of, DRAWN) }, (_, slot) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a slot is its place
          <span key={slot} className={`flex-1 rounded-full ${slot < running ? 'bg-accent' : 'bg-raised'}`} />
        ))}
      </span>
      <span className="numbers shrink-0 text-[0.8125rem] text-quiet">
        {running} of {of} busy
      </span>
    </div>
  );
}
