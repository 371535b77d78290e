/** `millrace ingest rejected`: what a person does about the HTTP door. `millrace ingest` alone runs the service. */
import { Command } from 'commander';
import { rejectedCommand } from './rejected/command.ts';

export const ingestCommand = (): Command =>
  new Command('ingest')
    .description('events over HTTP onto Kafka: the service, and what a person does about it')
    .addCommand(rejectedCommand());
