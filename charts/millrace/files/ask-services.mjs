/**
 * What `helm test` runs in a pod of its own: every service of the release is asked whether it is ready; with DOOR_URL an
 * event is sent through the door, and must be queryable in ClickHouse before the door answers. Node alone, no packages.
 *
 * SERVICES         host:port=all|one, separated by commas; a host has an address for each pod, of which all or one must be ready
 * TIMEOUT_SECONDS  how long that may take
 * DOOR_URL, DOOR_TOKEN
 */
import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { setTimeout as pause } from 'node:timers/promises';

const { SERVICES = '', TIMEOUT_SECONDS = '120', DOOR_URL, DOOR_TOKEN } = process.env;
const deadline = Date.now() + Number(TIMEOUT_SECONDS) * 1000;

/** Why a pod is not ready, or nothing. */
const askPod = async (address, port) => {
  const host = address.includes(':') ? `[${address}]` : address;
  try {
    const response = await fetch(`http://${host}:${port}/readyz`, {
      signal: AbortSignal.timeout(5000),
    });
    if (response.status === 200) return undefined;
    return `${address}: ${response.status} ${(await response.text()).slice(0, 300)}`;
  } catch (error) {
    return `${address}: ${error.cause?.code ?? error.message}`;
  }
};

/** Why a service is not ready, or nothing. */
const askService = async ({ host, port, needs }) => {
  try {
    const addresses = await lookup(host, { all: true });
    const answers = await Promise.all(addresses.map(({ address }) => askPod(address, port)));
    const problems = answers.filter((answer) => answer !== undefined);
    const isReady = needs === 'one' ? problems.length < addresses.length : problems.length === 0;
    return isReady ? undefined : problems.join('; ');
  } catch (error) {
    return `no address (${error.code ?? error.message})`;
  }
};

const untilReady = async (service) => {
  for (;;) {
    const problem = await askService(service);
    if (problem === undefined) return console.log(`${service.host}: ready`);
    if (Date.now() > deadline) throw new Error(`${service.host} is not ready: ${problem}`);
    await pause(1000);
  }
};

const sendCanary = async () => {
  const canary = {
    canary_id: randomUUID(),
    sent_at: new Date().toISOString(),
    sender: 'helm-test',
  };
  const response = await fetch(`${DOOR_URL}/v1/events/millrace/canary?wait=queryable`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(DOOR_TOKEN ? { authorization: `Bearer ${DOOR_TOKEN}` } : {}),
    },
    body: JSON.stringify(canary),
  });
  const text = await response.text();
  if (response.status !== 200 || JSON.parse(text).queryable !== true)
    throw new Error(`the canary did not arrive: ${response.status} ${text.slice(0, 500)}`);
  console.log(`canary ${canary.canary_id}: queryable in ClickHouse`);
};

const services = SERVICES.split(',')
  .filter(Boolean)
  .map((entry) => {
    const [address, needs] = entry.split('=');
    const [host, port] = address.split(':');
    return { host, port, needs };
  });
const problems = (await Promise.allSettled(services.map(untilReady)))
  .filter(({ status }) => status === 'rejected')
  .map(({ reason }) => reason.message);
if (problems.length === 0 && DOOR_URL)
  await sendCanary().catch((error) => problems.push(error.message));
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
