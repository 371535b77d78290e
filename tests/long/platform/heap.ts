/**
 * What a service holds in memory once all garbage is gone, asked by its inspector: the heap of the process and of its
 * threads, and what buffers hold outside it. For a service that was started with `inspected`.
 */
import type { ServiceProcess } from '@millrace/testkit';

/** Lets a service listen for its inspector on a free port, which it says as it starts. */
export const inspected = { NODE_OPTIONS: '--inspect=127.0.0.1:0' } as const;

interface Usage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize?: number;
  readonly backingStorageSize?: number;
}

interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: { readonly sessionId: string; readonly message: string };
}

type Call = (method: string, params?: object) => Promise<unknown>;

/** A side of the inspector's protocol: requests by number, and who listens for what it says by itself. */
const createSession = (send: (text: string) => void) => {
  let last = 0;
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const listeners = new Map<string, (params: Message['params'] & object) => void>();
  const call: Call = (method, params = {}) => {
    last += 1;
    const answer = Promise.withResolvers<unknown>();
    waiting.set(last, answer);
    send(JSON.stringify({ id: last, method, params }));
    return answer.promise;
  };
  const take = (text: string): void => {
    const { id, result, error, method, params } = JSON.parse(text) as Message;
    if (method !== undefined && params !== undefined) listeners.get(method)?.(params);
    if (id === undefined) return;
    const answer = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) answer?.resolve(result);
    else answer?.reject(new Error(error.message));
  };
  return { call, take, on: listeners.set.bind(listeners) };
};

const usedBy = async (call: Call): Promise<number> => {
  await call('HeapProfiler.enable');
  // What the first one frees may free more: finalizers, and caches of compiled code that age by it.
  for (let round = 0; round < 3; round += 1) await call('HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize = 0 } = (await call('Runtime.getHeapUsage')) as Usage;
  await call('HeapProfiler.disable');
  return usedSize + backingStorageSize;
};

/** Bytes in use of the process, its threads among them, after a collection of all garbage. */
export async function heapBytes(service: ServiceProcess): Promise<number> {
  const url = service.lines.map((line) => /Debugger listening on (ws:\S+)/.exec(line)?.[1]);
  const socket = new WebSocket(url.find((found) => found !== undefined) ?? '');
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  try {
    const main = createSession((text) => socket.send(text));
    socket.onmessage = ({ data }) => main.take(String(data));
    const threads = new Map<string, ReturnType<typeof createSession>>();
    main.on('NodeWorker.attachedToWorker', ({ sessionId }) => {
      const send = (message: string) =>
        void main.call('NodeWorker.sendMessageToWorker', { sessionId, message });
      threads.set(sessionId, createSession(send));
    });
    main.on('NodeWorker.receivedMessageFromWorker', ({ sessionId, message }) => {
      threads.get(sessionId)?.take(message);
    });
    await main.call('NodeWorker.enable', { waitForDebuggerOnStart: false });
    let sum = await usedBy(main.call);
    for (const { call } of threads.values()) sum += await usedBy(call);
    return sum;
  } finally {
    socket.close();
  }
}
