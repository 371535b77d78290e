/**
 * One process of a flood: opens connections to the door from addresses of the loopback network, sends a piece of a
 * header on each and never the rest, and says how many it tried and how many are open at the same time at most. A process may have
 * no more than its limit of open files, so a large flood is several of these.
 * Arguments: port, connections, the second part of the addresses (127.<n>.x.y).
 */
import { connect } from 'node:net';

const [port, count, network] = process.argv.slice(2).map(Number) as [number, number, number];
/** Connections under way at once: a listen queue has a few hundred places. */
const batch = 200;
/** The system has some 28,000 ports for one pair of addresses. */
const perAddress = 500;

let tried = 0;
let open = 0;
let openMax = 0;

const flood = (index: number): Promise<void> =>
  new Promise((resolve) => {
    const host = Math.floor(index / perAddress);
    const socket = connect({
      port,
      host: '127.0.0.1',
      localAddress: `127.${network}.${Math.floor(host / 250)}.${(host % 250) + 1}`,
    });
    tried += 1;
    socket.on('connect', () => {
      open += 1;
      openMax = Math.max(openMax, open);
      socket.write('POST /v1/events/a/b HTTP/1.1\r\nX-Slow: ');
      socket.once('close', () => {
        open -= 1;
      });
      resolve();
    });
    socket.on('error', () => resolve());
  });

process.on('message', () => {
  process.send?.({ tried, openMax });
  process.exit(0);
});
for (let index = 0; index < count; index += batch)
  await Promise.all(
    Array.from({ length: Math.min(batch, count - index) }, (_, offset) => flood(index + offset)),
  );
process.send?.({ tried, openMax });
