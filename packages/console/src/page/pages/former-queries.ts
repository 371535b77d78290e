/** Queries that were asked in this browser, the newest first. They stay in it. */

const storageKey = 'millrace.queries';
const most = 20;

export const formerQueries = (): readonly string[] => {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(stored) ? stored.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
};

export const rememberQuery = (sql: string): void => {
  const others = formerQueries().filter((one) => one !== sql);
  localStorage.setItem(storageKey, JSON.stringify([sql, ...others].slice(0, most)));
};
