/** The mark and the name. */
export function Brand() {
  return (
    <span className="flex items-center gap-2.5 font-semibold tracking-tight">
      <svg viewBox="0 0 32 32" className="size-7 shrink-0" aria-hidden="true">
        <rect width="32" height="32" rx="8" className="fill-[#0f6b5c]" />
        <path
          d="M9 11l6 5-6 5"
          fill="none"
          stroke="#fff"
          strokeWidth="3"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
        <path d="M17 22h7" stroke="#8fe3d2" strokeWidth="3" strokeLinecap="round" />
      </svg>
      OpenClaw Worker
    </span>
  );
}
