/** Light, dark, or as the machine says; remembered in this browser. */
import { useSyncExternalStore } from 'react';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const storageKey = 'millrace.theme';
const changed = new Set<() => void>();

const read = (): Theme => {
  const stored = localStorage.getItem(storageKey);
  return themes.find((theme) => theme === stored) ?? 'system';
};

/** Puts the theme on the document; called before the first paint. */
export const applyTheme = (): void => {
  const theme = read();
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
};

export const setTheme = (theme: Theme): void => {
  localStorage.setItem(storageKey, theme);
  applyTheme();
  for (const tell of changed) tell();
};

const subscribe = (tell: () => void): (() => void) => {
  const system = matchMedia('(prefers-color-scheme: dark)');
  changed.add(tell);
  system.addEventListener('change', tell);
  return () => {
    changed.delete(tell);
    system.removeEventListener('change', tell);
  };
};

export const useTheme = (): Theme => useSyncExternalStore(subscribe, read);

const isDark = (): boolean => {
  const theme = read();
  return (
    theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  );
};

/** For what is drawn and not styled: charts. */
export const useIsDark = (): boolean => useSyncExternalStore(subscribe, isDark);
