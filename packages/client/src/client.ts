/** The client: takes events, finds room for them, hands them to the lane of their stream. */
import { createSendBatch } from './answer/send-batch.ts';
import { utf8Bytes } from './batch/batch.ts';
import { watchPage } from './browser/watch-page.ts';
import { webPlatform } from './browser/web-platform.ts';
import { systemClock } from './clock.ts';
import { type EnqueueResult, type EventResult, type Unsent, unsent } from './event-result.ts';
import { createDeliver } from './lane/deliver.ts';
import { createEntry, type Entry, type Waiter } from './lane/entry.ts';
import { createLane, type Lane } from './lane/lane.ts';
import { createPause } from './lane/pause.ts';
import { createRoom, type Room } from './lane/room.ts';
import { type ClientOptions, settle } from './options.ts';

export interface SendOptions {
  /** Aborted before the event is in a batch, it takes the event back; later it only ends the waiting. */
  readonly signal?: AbortSignal;
}

/** Events of a project by stream: `Events` of what `millrace contracts types --for producers` writes. */
export type EventsByStream = object;

export interface Client<Events extends EventsByStream> {
  /**
   * Sends an event; resolves with what became of it, when that is known. Never rejects. A promise that nobody
   * awaits costs memory until then.
   */
  send<Stream extends keyof Events & string>(
    stream: Stream,
    event: Events[Stream],
    options?: SendOptions,
  ): Promise<EventResult>;
  /**
   * Puts an event into the queue; resolves when it is there: with a store, when it would survive a crash. What
   * becomes of it later is told by `onRejected` and `onDropped`.
   */
  enqueue<Stream extends keyof Events & string>(
    stream: Stream,
    event: Events[Stream],
    options?: SendOptions,
  ): Promise<EnqueueResult>;
  /** Sends what is there without waiting for company; resolves when all of it has come to its end. */
  flush(): Promise<void>;
  /**
   * Takes nothing more, and waits for what is there, at most `timeoutMs` (default: as long as the deadline; with a
   * store 5 s). What is left stays in the store, or is told by `onDropped`.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
  /** What waits: events and bytes, the batch under way included. */
  readonly queued: { readonly events: number; readonly bytes: number };
}

/**
 * Makes a client. It holds no connection and starts nothing but what the store asks for, so that one a process, or
 * one a page, is what is meant.
 * @throws TypeError for an option that cannot be meant
 */
export const createClient = <Events extends EventsByStream = Record<string, object>>(
  options: ClientOptions,
): Client<Events> => {
  const platform = webPlatform();
  const settings = settle(options, platform.document !== undefined, options.clock ?? systemClock);
  const { clock, store } = settings;
  const room = createRoom(settings.queueEvents, settings.queueBytes);
  const stopping = new AbortController();
  const lanes = new Map<string, Lane>();
  const entries = new Set<Entry>();
  let closed = false;

  const track = (entry: Entry): void => {
    entries.add(entry);
    void entry.finished.then(() => entries.delete(entry));
  };
  const pause = createPause(clock, stopping.signal);
  const send = createSendBatch(settings);
  const deliver = createDeliver({ settings, send, room, pause, stopped: stopping.signal, track });
  const opened =
    store === undefined
      ? Promise.resolve()
      : Promise.resolve()
          .then(() =>
            store.open((heads) => {
              for (const head of heads) resume(createEntry(head, [], true));
            }),
          )
          .catch(settings.onStoreFailed);

  const resume = (entry: Entry): void => {
    room.takeAnyway(entry.head.events, entry.heldBytes);
    track(entry);
    laneOf(entry.head.stream).resume(entry);
  };

  const laneOf = (stream: string): Lane => {
    let lane = lanes.get(stream);
    if (lane === undefined) {
      lane = createLane({ stream, settings, deliver, opened, track });
      lanes.set(stream, lane);
    }
    return lane;
  };

  /** Everything in one turn unless it must wait for room, so that events keep the order of the calls. */
  const take = (stream: string, event: unknown, signal: AbortSignal | undefined, asker: Waiter) => {
    const withdrawn = () => signal?.removeEventListener('abort', withdraw);
    const waiter = signal === undefined ? asker : once(asker, withdrawn);
    const fail = (result: Unsent): void => {
      waiter.settle?.(result);
      waiter.queued?.(result);
    };
    const line = jsonOf(event);
    if (line === undefined) return fail(unsent('not-json', 'It is no JSON object.'));
    if (closed) return fail(unsent('closed', 'The client was closed.'));
    if (signal?.aborted) return fail(aborted(false));
    const bytes = utf8Bytes(line) + 1;
    let leave: (() => boolean) | undefined;
    const enter = () => {
      leave = undefined;
      laneOf(stream).add(line, bytes, waiter);
    };
    const withdraw = () => {
      if (leave?.()) return fail(aborted(false));
      const freed = lanes.get(stream)?.withdraw(waiter);
      if (freed !== undefined) room.give(1, freed);
      fail(aborted(freed === undefined));
    };
    signal?.addEventListener('abort', withdraw);
    if (room.take(1, bytes)) enter();
    else if (settings.whenFull === 'reject') fail(unsent('queue-full', 'The queue is full.'));
    else if (settings.whenFull === 'block') leave = blocked(bytes, enter, fail);
    else if (dropFor(bytes)) enter();
    else fail(unsent('queue-full', 'The queue is full with what is under way.'));
  };

  /** Waits for room until there is some or the client stops. */
  const blocked = (bytes: number, enter: () => void, fail: (result: Unsent) => void) => {
    const stop = () => {
      if (leave()) fail(unsent('closed', 'The client was closed.'));
    };
    const leave = room.wait(bytes, () => {
      stopping.signal.removeEventListener('abort', stop);
      enter();
    });
    stopping.signal.addEventListener('abort', stop, { once: true });
    return leave;
  };

  /** Drops whole batches, oldest first, until there is room; never the one under way. */
  const dropFor = (bytes: number): boolean => {
    while (!room.take(1, bytes)) {
      let oldest = oldestLane(lanes.values());
      if (oldest === undefined) {
        for (const lane of lanes.values()) lane.cut();
        oldest = oldestLane(lanes.values());
      }
      const entry = oldest?.takeOldest();
      if (entry === undefined) return false;
      void deliver.giveUp(entry, 'dropped');
    }
    return true;
  };

  const flush = async (): Promise<void> => {
    await opened;
    for (const lane of lanes.values()) lane.cut();
    await Promise.all([...entries].map(({ finished }) => finished));
  };

  /** Flushes until nobody is left who waits for room. */
  const drain = async (): Promise<void> => {
    do await flush();
    while (room.events() > 0 && !stopping.signal.aborted);
  };

  const close = async ({ timeoutMs = store === undefined ? settings.deadlineMs : 5000 } = {}) => {
    closed = true;
    const over = new AbortController();
    const late =
      timeoutMs <= 0
        ? Promise.resolve()
        : clock.sleep(timeoutMs, over.signal).catch(() => undefined);
    await Promise.race([drain(), late]);
    over.abort();
    stopping.abort(new Error('the client was closed'));
    pause.wake();
    await flush();
    unwatch();
    await store?.close();
  };

  const unwatch = watchPage(platform, {
    settings,
    wake: pause.wake,
    pending: () => {
      for (const lane of lanes.values()) lane.cut();
      return [...entries];
    },
  });
  settings.signal?.addEventListener('abort', () => void close({ timeoutMs: 0 }), { once: true });

  return {
    send: (stream, event, { signal } = {}) =>
      new Promise((resolve) => take(stream, event, signal, { settle: resolve })),
    enqueue: (stream, event, { signal } = {}) =>
      new Promise((resolve) => take(stream, event, signal, { queued: resolve })),
    flush,
    close,
    queued: queuedOf(room),
  };
};

/** Those who ask, with something to do once they have their answer. */
const once = ({ settle, queued }: Waiter, answered: () => void): Waiter => {
  const then =
    <Result>(tell: (result: Result) => void) =>
    (result: Result): void => {
      answered();
      tell(result);
    };
  return {
    ...(settle === undefined ? {} : { settle: then(settle) }),
    ...(queued === undefined ? {} : { queued: then(queued) }),
  };
};

const queuedOf = (room: Room) => ({
  get events() {
    return room.events();
  },
  get bytes() {
    return room.bytes();
  },
});

const aborted = (mayBeWritten: boolean): Unsent =>
  unsent('aborted', 'It was aborted.', { mayBeWritten });

const oldestLane = (lanes: Iterable<Lane>): Lane | undefined => {
  let oldest: Lane | undefined;
  for (const lane of lanes) {
    const ms = lane.oldestMs();
    if (ms !== undefined && ms < (oldest?.oldestMs() ?? Number.POSITIVE_INFINITY)) oldest = lane;
  }
  return oldest;
};

/** Undefined for what is no JSON object: a cycle, a bigint, a bare value. */
const jsonOf = (event: unknown): string | undefined => {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return undefined;
  try {
    return JSON.stringify(event);
  } catch {
    return undefined;
  }
};
