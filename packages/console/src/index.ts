export { type EnsureConsoleOptions, ensureConsole } from './build/ensure-console.ts';
export { type ConsoleAnswer, type ConsoleFiles, openConsoleFiles } from './serve/console-files.ts';
