/** Doors on an event project of their own, for the tests of one file: real processes, gone with it. */
import {
  createEventProject,
  type EventProject,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';

export interface DoorsUnderTest {
  readonly fixture: EventProject;
  /** A door that is ready; `settings` lie over those that all doors here have. */
  start(settings?: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  /** Ends every door, and removes the project. */
  close(): Promise<void>;
}

/** @param all settings of every door; none drains for longer than a moment */
export const createDoorsUnderTest = async (
  all: Readonly<Record<string, string>> = {},
): Promise<DoorsUnderTest> => {
  const fixture = await createEventProject(stackUnderTest());
  const doors: ServiceProcess[] = [];
  return {
    fixture,
    start: async (settings = {}) => {
      const env = { ...fixture.env, MILLRACE_INGEST_DRAIN: '50ms', ...all, ...settings };
      const door = await startService('ingest', env);
      doors.push(door);
      await door.ready();
      return door;
    },
    close: async () => {
      await Promise.all(doors.map((door) => door.stop()));
      await fixture.remove();
    },
  };
};

export interface DoorAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, each asserted by its test.
  readonly body: any;
}

/** What a door answers to a body, JSON where `headers` do not say otherwise. */
export const postTo = async (
  door: ServiceProcess,
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<DoorAnswer> => {
  const response = await fetch(door.url + path, {
    ...{ method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } },
  });
  return {
    ...{ status: response.status, headers: response.headers },
    body: JSON.parse(await response.text()),
  };
};
