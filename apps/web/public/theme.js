// Before the first paint, so that a page of the chosen theme does not flash in the other one. `app/theme.ts` writes it.
try {
  const theme = localStorage.getItem('openclaw-theme');
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage is switched off: the system's theme it is.
}
