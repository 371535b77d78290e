/**
 * Has a connection rest whose body the door had no room for. The sender has its 503 by then; what it still sends would be read to be
 * thrown away, hundreds of megabytes a second under overload, and each read is memory until V8 looks. So TCP holds it back for a moment.
 */
import type { Socket } from 'node:net';
import type { Clock } from '@millrace/pipeline';
import { createDeadlineQueue, Deadline } from '../deadline-queue.ts';

/** Less than any Retry-After that is answered, so who keeps to that never meets it. */
const REST_MS = 100;

class Resting extends Deadline {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
  }

  expired(): void {
    this.#socket.resume();
  }
}

/** Call what comes back when the answer is out: Node itself goes on reading until then. */
export const createRest = (clock: Pick<Clock, 'sleep'>): ((socket: Socket) => void) => {
  const resting = createDeadlineQueue(REST_MS, clock);
  return (socket) => {
    if (socket.destroyed) return;
    socket.pause();
    resting.open(new Resting(socket));
  };
};
