import { expect, test } from 'vitest';
import { jsonFault } from './json-fault.ts';

const fault = (text: string) => {
  try {
    JSON.parse(text);
    return 'no fault';
  } catch (error) {
    return jsonFault(text, error);
  }
};

test.each([
  ['{"a":}', "Line 1, column 6: Unexpected token '}'."],
  ['{"a":1,}', 'Line 1, column 8: Expected double-quoted property name.'],
  ['{\n  "a": 1\n  "b": 2\n}', 'Line 3, column 3: '],
  ['[1, 2, tree]', "Line 1, column 10: Unexpected token 'e'."],
  ['{"a": "x', 'Line 1, column 9: Unterminated string.'],
  ['{"a": ', 'Line 1, column 7: Unexpected end of JSON input.'],
  ['hello', "Line 1, column 1: Unexpected token 'h'."],
  [`[${'{"a": "something long"},\n'.repeat(50)}oops]`, "Line 51, column 1: Unexpected token 'o'."],
])('%j is told where it breaks', (text, told) => {
  expect(fault(text)).toContain(told);
});

test('the text around the fault is not repeated: it may be private', () => {
  expect(fault('{"password": hunter2}')).not.toContain('hunter2');
});
