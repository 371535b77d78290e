/** The transforms of a project, which one service runs. */
import {
  deadFloodsTopic,
  deadTopic,
  internalTopic,
  transformGroup,
  transformsTopic,
} from '../topics.ts';
import type { AccessInput } from './access-input.ts';
import type { AclRule } from './acl-rule.ts';
import { onEach, onGroup, onTopic, onTopics, onTransactions } from './rule-words.ts';

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();

export const transformRules = ({ transforms }: AccessInput): readonly AclRule[] => [
  ...onEach(
    distinct(transforms.flatMap(({ reads }) => reads)),
    'what transforms read',
    ...(['Read', 'DescribeConfigs'] as const),
  ),
  ...onEach(
    distinct(transforms.flatMap(({ writes }) => writes)),
    'what transforms write',
    ...(['Write', 'DescribeConfigs'] as const),
  ),
  onTopic(transformsTopic, 'what their state means', 'Read', 'Write', 'Create'),
  onTopic(deadTopic('stream-transform'), 'dead letters', 'Write', 'Create'),
  onTopic(deadFloodsTopic, 'floods of dead letters', 'Read', 'Write', 'Create'),
  ...transforms.flatMap(({ name }) => [
    // Delete: records between stages that are done, and all of it where a change begins anew
    onTopics(
      `${internalTopic(`transform.${name}`)}.`,
      'changelogs, and topics between stages',
      ...(['Read', 'Write', 'Create', 'DescribeConfigs', 'Delete'] as const),
    ),
    // Delete: a change of the transform that begins anew
    onGroup(transformGroup(name), 'offsets', 'Read', 'Delete'),
    onTransactions(`${transformGroup(name)}-`, 'a commit is one transaction', 'Write'),
  ]),
];
