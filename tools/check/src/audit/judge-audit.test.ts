import { expect, test } from 'vitest';
import { judgeAudit } from './judge-audit.ts';

const report = (severity: string) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: {
      leaky: {
        ...{ name: 'leaky', severity },
        via: [{ title: 'It leaks', url: 'https://example.test/advisory' }, 'other'],
      },
    },
  });

test('what is grave fails and what is not is told', () => {
  const line = 'It leaks https://example.test/advisory; other';
  expect(judgeAudit(report('high'))).toEqual({ kind: 'bad', lines: [`high: leaky: ${line}`] });
  expect(judgeAudit(report('moderate'))).toMatchObject({ kind: 'good' });
  expect(judgeAudit('{"vulnerabilities":{}}')).toEqual({ kind: 'good', lines: [] });
});

test('a registry that cannot tell is no good report', () => {
  const refusal = '{"message":"405 Method Not Allowed","error":{"summary":""}}';
  expect(judgeAudit(refusal)).toEqual({
    kind: 'skipped',
    lines: ['the registry gave no report: 405 Method Not Allowed'],
  });
  expect(judgeAudit('')).toMatchObject({ kind: 'skipped' });
});
