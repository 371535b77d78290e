import { loadProject } from '@millrace/runtime';
import type { StackEndpoints } from '@millrace/stack';
import { applyPlan } from '../contracts/apply.ts';
import { readMigrations } from '../contracts/migrations/read-migrations.ts';
import { planProject } from '../contracts/plan.ts';
import { stepText } from '../contracts/plan-text.ts';
import { connectSystem } from '../contracts/platform-system.ts';

/** `millrace contracts apply` on the demo's stack; returns a line for each step carried out. */
export async function applyContracts(
  projectDirectory: string,
  endpoints: StackEndpoints,
): Promise<readonly string[]> {
  const project = await loadProject(projectDirectory);
  const system = connectSystem({
    ...endpoints,
    kafkaBrokers: endpoints.kafkaBrokers.split(','),
  });
  const lines: string[] = [];
  try {
    const migrations = await readMigrations(projectDirectory);
    const plan = await planProject(project.contracts, system, { migrations });
    await applyPlan(plan, system, {
      onApplied: (step) => lines.push(stepText(step).trim()),
      onWaiting: (why) => lines.push(why),
    });
    return lines;
  } finally {
    await system.close();
  }
}
