/** `millrace ingest keys|rejected`: what a person does about the HTTP door. `millrace ingest` alone runs the service. */
import { Command } from 'commander';
import { keysCommand } from '../ingest-keys/command.ts';
import { rejectedCommand } from './rejected/command.ts';

export const ingestCommand = (): Command =>
  new Command('ingest')
    .description('events over HTTP onto Kafka: the service, and what a person does about it')
    .addCommand(keysCommand())
    .addCommand(rejectedCommand());
