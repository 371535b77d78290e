/** The sink's group, for what has to wait until the sink is through with what it began to send. */
import { setting } from '@millrace/runtime';

/** As the sink's own default. */
export const defaultSinkGroup = 'millrace.sink';

/** The setting of commands that wait for the sink. */
export const sinkGroup = setting.string({
  env: 'MILLRACE_SINK_GROUP',
  default: defaultSinkGroup,
  description: 'Consumer group of the sink that goes on meanwhile.',
});
