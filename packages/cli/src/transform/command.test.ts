import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

// Every test starts processes, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 60_000 });

const bin = fileURLToPath(new URL('../../bin/millrace.mjs', import.meta.url));
const schemas = fileURLToPath(new URL('../../../../schemas', import.meta.url));
let project: string;

/** A project elsewhere, which has installed nothing. */
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'millrace-transform-test-'));
  cpSync(schemas, join(project, 'schemas'), { recursive: true });
  mkdirSync(join(project, 'transforms'));
  writeFileSync(
    join(project, 'transforms', 'refused.ts'),
    `import { transform } from '@millrace/streams';
export default transform('refused', ({ from }) => {
  from('flights.departed')
    .map((flight) => ({ ...flight, reason: 'late' satisfies string }))
    .to('flights.refused_departures');
});
`,
  );
  writeFileSync(
    join(project, 'transforms', 'refused.cases.yaml'),
    `- name: everything is refused
  given:
    - flights.departed: { flight_id: F1, departed_at: 2001-01-01T10:01:00Z, delay_minutes: 5, distance_miles: 400, origin: ORD, destination: SFO }
  expect:
    flights.refused_departures: [{ flight_id: F1, reason: late }]
`,
  );
});
afterAll(() => rmSync(project, { recursive: true }));

const millrace = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'transform', ...args], {
    cwd: project,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};

test('transforms of a project elsewhere are loaded, tested and drawn', () => {
  expect(millrace('check')).toMatchObject({ status: 0, stdout: '1 transform in order.\n' });
  const tested = millrace('test', '--json');
  expect(JSON.parse(tested.stdout)).toMatchObject({
    ok: true,
    files: [{ path: 'transforms/refused.cases.yaml', cases: [{ differences: [] }] }],
  });
  expect(millrace('graph', 'refusd')).toMatchObject({
    status: 1,
    stderr: "millrace: there is no transform 'refusd'; there are: refused\n",
  });
});

test('cases without a transform beside them, and what they find different, exit with 1', () => {
  const cases = join(project, 'transforms', 'other.cases.yaml');
  writeFileSync(cases, '[]');
  expect(millrace('test', cases)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('transforms/other.cases.yaml: there is no transform beside it'),
  });
  rmSync(cases);
  writeFileSync(
    join(project, 'transforms', 'refused.cases.yml'),
    '[{ name: nothing comes, given: [], expect: { late: 1 } }]',
  );
  const { status, stdout } = millrace('test');
  expect(stdout).toContain('DIFFERENT    nothing comes');
  expect(stdout).toContain('1 as expected, 1 different');
  expect(status).toBe(1);
});
