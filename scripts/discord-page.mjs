// A neutral look for messages of Discord: a page made of the JSON that the server has sent.

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`);

const COLOURS = {
  light: {
    page: '#ffffff',
    text: '#2e3338',
    dim: '#5c6269',
    box: '#f2f3f5',
    line: '#dfe1e5',
    button: '#e3e5e8',
    quiet: '#2e3338',
  },
  dark: {
    page: '#26282d',
    text: '#e3e5e8',
    dim: '#a0a6ad',
    box: '#1e2024',
    line: '#3a3d44',
    button: '#43464d',
    quiet: '#ffffff',
  },
};
/** By Discord's numbers of their styles. */
const BUTTONS = { 1: '#3f6ad8', 4: '#c53b3f' };

/** The part of Markdown that our messages use. */
function markdown(content) {
  return content
    .split(/```\n?([\s\S]*?)```/)
    .map((part, index) => (index % 2 === 1 ? `<pre>${escaped(part)}</pre>` : inline(part)))
    .join('');
}

const inline = (text) =>
  escaped(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/^-# (.*)$/gm, '<small>$1</small>')
    .trim()
    .replaceAll('\n', '<br>');

function buttonOf({ label, style }) {
  const colour = BUTTONS[style];
  return `<span class="button"${colour ? ` style="background:${colour};color:#fff"` : ''}>${escaped(label)}</span>`;
}

function messageOf({ asked, content, components, files }) {
  const buttons = components.flatMap((row) => row.components).map(buttonOf);
  const beside = files.map(
    ({ name, size }) => `<p class="file">${escaped(name)} <small>${(size / 1024).toFixed(1)} KiB</small></p>`,
  );
  return `<article><p class="asked">alice used <b>${escaped(asked)}</b></p><div>${markdown(content)}</div>
    ${beside.join('')}<p>${buttons.join(' ')}</p></article>`;
}

/** @param {{asked: string, content: string, components: object[], files: File[]}[]} messages @param {'light' | 'dark'} theme */
export function discordPage(messages, theme) {
  const { page, text, dim, box, line, button, quiet } = COLOURS[theme];
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin: 0; padding: 16px; background: ${page}; color: ${text}; font: 15px/1.4 system-ui, sans-serif; }
    article { margin: 0 0 20px; } p { margin: 6px 0; } small, .asked { color: ${dim}; font-size: 13px; }
    code, pre { background: ${box}; border: 1px solid ${line}; border-radius: 4px; font: 13px/1.4 monospace; }
    code { padding: 1px 4px; } pre { margin: 6px 0; padding: 8px; white-space: pre-wrap; overflow-wrap: anywhere; }
    .button { display: inline-block; padding: 6px 14px; border-radius: 6px; background: ${button}; color: ${quiet}; font-weight: 500; }
    .file { padding: 8px; border: 1px solid ${line}; border-radius: 6px; background: ${box}; }
  </style>${messages.map(messageOf).join('')}`;
}
