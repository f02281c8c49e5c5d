import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { useToast } from './toast.js';

/** Copies a text; where the browser does not let a page do that, it says so. */
export function CopyButton({
  label,
  text,
  className = 'rounded p-1.5 text-quiet hover:bg-raised hover:text-ink',
}: {
  label: string;
  text: string | (() => string);
  className?: string;
}) {
  const [copied, setCopied] = useState(false);
  const toast = useToast();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    } catch {
      toast('bad', 'The browser does not let this page copy: select the text and copy it by hand.');
    }
  };
  return (
    <button type="button" title={label} aria-label={label} onClick={copy} className={className}>
      {copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
      <span role="status" className="sr-only">
        {copied ? 'Copied' : ''}
      </span>
    </button>
  );
}
