import { expect, test } from 'vitest';
import { readSyntax } from './read-syntax.ts';

/** As ClickHouse 26.7 writes `SELECT file('a') FROM x JOIN url('b') ON 1 WHERE a IN t AND dictHas('d', 1) SETTINGS max_threads = 1`. */
const lines = String.raw`SelectWithUnionQuery (children 1)
 ExpressionList (children 1)
  SelectQuery (children 3)
   ExpressionList (children 1)
    Function file (alias f) (children 1)
     ExpressionList (children 1)
      Literal \'a\'
   TablesInSelectQuery (children 2)
    TablesInSelectQueryElement (children 1)
     TableExpression (children 1)
      TableIdentifier db.x (alias u)
    TablesInSelectQueryElement (children 2)
     TableExpression (children 1)
      Function url (children 1)
       ExpressionList (children 1)
        Literal \'b\'
   Function and (children 1)
    ExpressionList (children 2)
     Function globalNotIn (children 1)
      ExpressionList (children 2)
       Identifier a
       Identifier t
     Function dictHas (children 1)
      ExpressionList (children 2)
       Literal \'d\'
       Literal UInt64_1
   Set`.split('\n');

test('names tables, functions, what stands to the right of IN, dictionaries, and settings', () => {
  const things = readSyntax(lines);
  expect(things.tables).toEqual(new Set(['db.x']));
  expect(things.functions).toEqual(new Set(['file', 'url', 'and', 'globalnotin', 'dicthas']));
  expect(things.inSets).toEqual(new Set(['t']));
  expect(things.dictionaries).toEqual(new Set(['d']));
  expect(things).toMatchObject({ isSelect: true, hasSettings: true, hasOutput: false });
});

test('what is no SELECT, and a format behind one, are seen', () => {
  expect(readSyntax(['InsertQuery   (children 2)', ' Identifier t']).isSelect).toBe(false);
  expect(readSyntax([...lines, ' Identifier JSON'])).toMatchObject({ hasOutput: true });
  expect(readSyntax([])).toMatchObject({ isSelect: false });
});
